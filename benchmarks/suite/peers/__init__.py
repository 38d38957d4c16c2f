"""The table of peers: a name and where its class stands. Our own compiler is one of them."""

from __future__ import annotations

from importlib import import_module

from ..peer import Peer

PEERS = {
    "ours-packed": "ours:OursPacked",
    "ours": "ours:Ours",
    "ours-from-c": "ours:OursFromC",
    "ours-one-thread": "ours:OursOneThread",
    "torch": "torch_default:TorchDefault",
    "torch-best": "torch_best:TorchBest",
    "numpy": "numpy_blas:NumpyDefault",
    "numpy-skylakex": "numpy_blas:NumpySkylakeX",
    "onnxruntime": "onnx_runtime:OnnxRuntime",
    "onednn": "onednn:OneDnn",
    "libxsmm": "libxsmm:Libxsmm",
    "libxsmm-from-c": "libxsmm:LibxsmmFromC",
    "iree": "iree:Iree",
    "tvm": "tvm_tuned:TvmTuned",
    "peak": "machine_limits:Peak",
    "bandwidth": "machine_limits:Bandwidth",
}
"""In the order in which they are asked."""

ON_REQUEST = {"tvm"}
"""Those that search for minutes before a case is ready: asked only if they are named."""

LIMITS = {"peak", "bandwidth"}
"""Those that compute nothing: what the machine can do."""


def peer_class(name: str) -> type[Peer]:
    """Return the class of a peer of the table."""
    module, _, attribute = PEERS[name].partition(":")
    return getattr(import_module(f".{module}", __name__), attribute)
