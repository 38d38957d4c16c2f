"""What both ways to ask PyTorch share: arrays as tensors, layouts, results."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..cases import Case, Image
from ..peer import Array, Peer, Settings


class TorchPeer(Peer):
    """PyTorch on so many threads, without gradients."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        import torch

        torch.set_num_threads(settings.threads)
        torch.inference_mode(mode=True).__enter__()
        self.torch: Any = torch

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether it is installed."""
        return "" if find_spec("torch") else "not installed (pip install torch)"

    def tensors(self, case: Case, arrays: Sequence[Array]) -> list[Any]:
        """Return the inputs as tensors in the same memory, images as PyTorch's `channels_last`."""
        unsigned = case.types[0] == "u8"
        first, *rest = arrays
        tensors = [self.tensor(first.view(np.uint8) if unsigned else first)]
        tensors += [self.tensor(array) for array in rest]
        if isinstance(case, Image):
            tensors[0] = tensors[0].permute(0, 3, 1, 2)
        return tensors

    def tensor(self, array: Array) -> Any:
        """Return an array as a tensor in the same memory."""
        if array.dtype.name == "bfloat16":
            return self.torch.from_numpy(array.view(np.int16)).view(self.torch.bfloat16)
        return self.torch.from_numpy(array)

    def array(self, case: Case, tensor: Any) -> Array:
        """Return a result as an array, channels last."""
        if isinstance(case, Image):
            tensor = tensor.permute(0, 2, 3, 1)
        if tensor.dtype == self.torch.bfloat16:
            tensor = tensor.float()
        return tensor.contiguous().numpy()

    def filters(self, weights: Any) -> Any:
        """Return the weights of a convolution as PyTorch has them: [outputs, channels, window]."""
        return weights.permute(3, 2, 0, 1)

    def windows(self, weights: Any) -> Any:
        """Return depthwise weights as PyTorch has them: [channels, 1, window]."""
        return weights.permute(2, 0, 1).unsqueeze(1)
