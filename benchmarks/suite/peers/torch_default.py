"""PyTorch as most people call it: eager, nothing prepared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatchmethod
from typing import Any

from ..cases import Case, Convolution, Depthwise, Gemm, Recurrent, Separable
from ..peer import Array, Prepared, Unsupported
from .torch_tensors import TorchPeer


class TorchDefault(TorchPeer):
    """`torch.mm`, `torch.nn.functional.conv2d`, `torch.nn.GRU`."""

    configuration = "eager: torch.mm, _int_mm, conv2d (channels_last), nn.GRU, nn.LSTM"

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Return the plain call."""
        call = self.plain(case, self.tensors(case, arrays))
        return Prepared(
            call,
            lambda: [self.array(case, call())],
            roundoff=2**-8 if case.types[0] == "bf16" else 0.0,
        )

    @singledispatchmethod
    def plain(self, case: Case, tensors: Sequence[Any]) -> Callable[[], Any]:
        """Return a call that computes a case."""
        raise Unsupported(f"no call for {type(case).__name__}")

    @plain.register
    def _(self, case: Gemm, tensors: Sequence[Any]) -> Callable[[], Any]:
        x, w = tensors
        torch = self.torch
        integers = case.types[2] == "i32"
        out = torch.empty(case.m, case.n, dtype=torch.int32 if integers else x.dtype)
        if integers:
            return lambda: torch._int_mm(x, w, out=out)
        return lambda: torch.mm(x, w, out=out)

    @plain.register
    def _(self, case: Convolution, tensors: Sequence[Any]) -> Callable[[], Any]:
        if case.types[0] != "f32":
            raise Unsupported("conv2d has no integers")
        x, w = tensors
        return self.convolve(case, x, self.channels_last(self.filters(w)))

    @plain.register
    def _(self, case: Depthwise, tensors: Sequence[Any]) -> Callable[[], Any]:
        x, w = tensors
        return self.convolve(case, x, self.windows(w).contiguous(), groups=case.channels)

    @plain.register
    def _(self, case: Separable, tensors: Sequence[Any]) -> Callable[[], Any]:
        x, w, mix = tensors
        conv2d = self.torch.nn.functional.conv2d
        windows = self.windows(w).contiguous()
        filters = self.channels_last(mix.t()[:, :, None, None])
        strides, padding, groups = case.strides, case.padding, case.channels
        return lambda: conv2d(conv2d(x, windows, None, strides, padding, 1, groups), filters)

    @plain.register
    def _(self, case: Recurrent, tensors: Sequence[Any]) -> Callable[[], Any]:
        layer, x, state = self.layer(case, tensors)
        return lambda: layer(x, state)[0]

    def convolve(self, case: Any, x: Any, w: Any, groups: int = 1) -> Callable[[], Any]:
        """Return a call of `conv2d`."""
        conv2d = self.torch.nn.functional.conv2d
        strides, padding = case.strides, case.padding
        return lambda: conv2d(x, w, None, strides, padding, 1, groups)

    def channels_last(self, weights: Any) -> Any:
        """Return weights in the memory format that goes with `channels_last` images."""
        return weights.contiguous(memory_format=self.torch.channels_last)

    def layer(self, case: Recurrent, tensors: Sequence[Any]) -> tuple[Any, Any, Any]:
        """Return a layer with the case's weights, its input and its first state."""
        nn = self.torch.nn
        x, *states, w, r, bias = tensors
        layer = (nn.GRU if case.cell == "gru" else nn.LSTM)(case.units, case.units).eval()
        layer.requires_grad_(requires_grad=False)
        layer.weight_ih_l0.copy_(w)
        layer.weight_hh_l0.copy_(r)
        layer.bias_ih_l0.copy_(bias)
        layer.bias_hh_l0.zero_()
        first = [state.unsqueeze(0) for state in states]
        return layer, x, first[0] if case.cell == "gru" else tuple(first)
