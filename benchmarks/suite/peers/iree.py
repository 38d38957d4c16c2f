"""IREE: the kernel as `linalg` with its weights as constants, compiled for this CPU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod
from importlib.util import find_spec
from typing import Any

from ..cases import Case, Convolution, Depthwise, Gemm, Image, Separable
from ..peer import Array, Peer, Prepared, Settings, Unsupported

FLAGS = (
    "--iree-llvmcpu-target-cpu=host",
    "--iree-opt-level=O3",
    "--iree-opt-data-tiling",
    "--iree-opt-const-eval",
)

PARTS = ("compiler", "runtime")

_ALIGNMENT = "40000000"
"""The alignment of a constant, 64, as its first four bytes."""


class Iree(Peer):
    """A module per case, run in this thread."""

    configuration = f"linalg, weights as constants, {' '.join(FLAGS)}, local-sync, from Python"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether it is installed, and can do with so many threads."""
        if not all(find_spec("iree") and find_spec(f"iree.{part}") for part in PARTS):
            return "not installed (pip install iree-base-compiler iree-base-runtime)"
        return "set up for one thread only" if settings.threads > 1 else ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Compile the module and copy the input to IREE's memory."""
        import iree.compiler
        import iree.runtime

        if case.types[0] == "u8":
            raise Unsupported("linalg's named operations have no unsigned by signed")
        text = self.text(case, arrays)
        binary = iree.compiler.compile_str(text, target_backends=["llvm-cpu"], extra_args=FLAGS)
        config = iree.runtime.Config("local-sync")
        context = iree.runtime.SystemContext(config=config)
        context.add_vm_module(iree.runtime.VmModule.copy_buffer(context.instance, binary))
        function = context.modules.module["main"]
        x = iree.runtime.asdevicearray(config.device, arrays[0])

        def call(kept: object = context) -> Any:
            """Run the function; `kept` is what it lives in."""
            return function(x)

        return Prepared(call, lambda: [function(x).to_host()])

    @singledispatchmethod
    def text(self, case: Case, arrays: Sequence[Array]) -> str:
        """Return the module of a case."""
        raise Unsupported(f"no text for {type(case).__name__}")

    @text.register
    def _(self, case: Gemm, arrays: Sequence[Array]) -> str:
        x, w, y = case.types
        module = _Module((case.m, case.k), x)
        weights = module.constant(arrays[1], w)
        module.apply("linalg.matmul", weights, (case.m, case.n), y)
        return module.text

    @text.register
    def _(self, case: Convolution, arrays: Sequence[Array]) -> str:
        return self._image(case, [("linalg.conv_2d_nhwc_hwcf", arrays[1], case.outputs)])

    @text.register
    def _(self, case: Depthwise, arrays: Sequence[Array]) -> str:
        operation = "linalg.depthwise_conv_2d_nhwc_hwc"
        return self._image(case, [(operation, arrays[1], case.channels)])

    @text.register
    def _(self, case: Separable, arrays: Sequence[Array]) -> str:
        first = ("linalg.depthwise_conv_2d_nhwc_hwc", arrays[1], case.channels)
        second = ("linalg.conv_2d_nhwc_hwcf", arrays[2][None, None], case.outputs)
        return self._image(case, [first, second])

    def _image(self, case: Image, layers: Sequence[tuple[str, Array, int]]) -> str:
        """Return a module of convolutions; only the first has padding and strides."""
        x, w, y = case.types
        module = _Module((case.batch, *case.pixels, case.channels), x)
        module.pad(case.padding)
        strides = case.strides
        for operation, weights, outputs in layers:
            shape = (case.batch, *case.result_pixels, outputs)
            attributes = f"{{strides = dense<{list(strides)}> : tensor<2xi64>}} "
            module.apply(operation, module.constant(weights, w), shape, y, attributes)
            strides = (1, 1)
        return module.text


class _Module:
    """The text of a function of one input, written operation by operation."""

    def __init__(self, shape: tuple[int, ...], element: str) -> None:
        self._shape, self._element = shape, element
        self._argument = self._type
        self._value, self._lines = "%x", list[str]()
        self._resources: list[str] = []

    @property
    def _type(self) -> str:
        return _tensor(self._shape, self._element)

    @property
    def text(self) -> str:
        """The module."""
        body = "\n  ".join(self._lines)
        resources = ", ".join(self._resources)
        return f"""func.func @main(%x: {self._argument}) -> {self._type} {{
  {body}
  return {self._value} : {self._type}
}}
{{-# dialect_resources: {{ builtin: {{ {resources} }} }} #-}}
"""

    def constant(self, array: Array, element: str) -> str:
        """Add a constant; returns its name and type."""
        name = f"w{len(self._resources)}"
        kind = _tensor(array.shape, element)
        self._resources.append(f'{name}: "0x{_ALIGNMENT}{array.tobytes().hex()}"')
        self._lines.append(f"%{name} = arith.constant dense_resource<{name}> : {kind}")
        return f"%{name} : {kind}"

    def pad(self, padding: tuple[int, int]) -> None:
        """Surround the image with zeros."""
        if not any(padding):
            return
        batch, *pixels, channels = self._shape
        old = self._type
        size = [n + 2 * p for n, p in zip(pixels, padding, strict=True)]
        self._shape = (batch, *size, channels)
        zero = "0.0" if self._element == "f32" else "0"
        around = f"[0, {padding[0]}, {padding[1]}, 0]"
        self._lines += [
            f"%zero = arith.constant {zero} : {self._element}",
            f"%padded = tensor.pad {self._value} low{around} high{around} {{",
            "^bb0(%i: index, %j: index, %k: index, %l: index):",
            f"  tensor.yield %zero : {self._element}",
            f"}} : {old} to {self._type}",
        ]
        self._value = "%padded"

    def apply(
        self, operation: str, weights: str, shape: tuple[int, ...], element: str, more: str = ""
    ) -> None:
        """Add an operation on the value so far and some weights, summed from zero."""
        name, _, kind = weights.partition(" : ")
        at, target = len(self._lines), _tensor(shape, element)
        zero = "0.0" if element == "f32" else "0"
        self._lines += [
            f"%z{at} = arith.constant {zero} : {element}",
            f"%e{at} = tensor.empty() : {target}",
            f"%f{at} = linalg.fill ins(%z{at} : {element}) outs(%e{at} : {target}) -> {target}",
            f"%y{at} = {operation} {more}ins({self._value}, {name} : {self._type}, {kind}) "
            f"outs(%f{at} : {target}) -> {target}",
        ]
        self._value, self._shape, self._element = f"%y{at}", shape, element


def _tensor(shape: Sequence[int], element: str) -> str:
    return f"tensor<{'x'.join(map(str, (*shape, element)))}>"
