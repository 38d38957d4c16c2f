"""What is measured: products, convolutions and recurrent layers, as text and as arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from math import prod, sqrt
from typing import Any, ClassVar, TypeAlias

import kernels
import numpy as np
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.module import module_of
from isa_mapper.simulator.signature import Signature, entry_function, signature_of

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Case(ABC):
    """A kernel of fixed sizes. The element types are those of the input, the weights, the result."""

    types: tuple[str, str, str]

    WEIGHTS: ClassVar[tuple[int, ...]] = (1,)
    """Which inputs are weights: known before the kernel is called."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The sizes in words."""

    @property
    @abstractmethod
    def operations(self) -> int:
        """How much is computed; a multiplication and an addition are two."""

    @abstractmethod
    def build(self) -> ModuleOp:
        """Return a module with the kernel."""

    def __getstate__(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @cached_property
    def signature(self) -> Signature:
        """What the kernel takes and gives."""
        return signature_of(entry_function(self.build(), None))

    @property
    def weight_bytes(self) -> int:
        """The memory that the weights take."""
        inputs = self.signature.inputs
        return sum(prod(inputs[i].shape) * inputs[i].dtype.itemsize for i in self.WEIGHTS)

    @property
    def bytes(self) -> int:
        """The memory that inputs and results take."""
        parameters = self.signature.parameters
        return sum(prod(p.shape) * p.dtype.itemsize for p in parameters)

    def arrays(self) -> list[Array]:
        """Return the inputs, the same ones every time."""
        return random_arrays(self.signature, seed=0)


@dataclass(frozen=True)
class Gemm(Case):
    """Y[m, n] = X[m, k] W[k, n], all row-major, W the weights.

    BLAS's column-major m x n x k is our n x m x k.
    """

    m: int
    n: int
    k: int

    @property
    def name(self) -> str:
        """Rows, columns and depth."""
        return f"{self.m}x{self.n}x{self.k}"

    @property
    def operations(self) -> int:
        """A multiplication and an addition per product."""
        return 2 * self.m * self.n * self.k

    def build(self) -> ModuleOp:
        """Return the contraction."""
        sizes = {"m": self.m, "n": self.n, "k": self.k}
        return einsum_module("mk,kn->mn", sizes, self.types)


@dataclass(frozen=True)
class Image(Case):
    """A convolution of images, channels last; the weights are `[window, channels, outputs]`."""

    batch: int
    pixels: tuple[int, int]
    channels: int
    outputs: int
    window: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)

    @property
    def name(self) -> str:
        """Window, stride, channels and pixels."""
        stride = "" if self.strides == (1, 1) else f" s{_by(self.strides)}"
        batch = "" if self.batch == 1 else f" b{self.batch}"
        return f"{_by(self.window)}{stride} {self._channels} {_by(self.pixels)}{batch}"

    @property
    def _channels(self) -> str:
        return f"{self.channels}->{self.outputs}"

    @property
    def result_pixels(self) -> tuple[int, int]:
        """Height and width of the result."""
        height, width = (
            (n + 2 * p - r) // s + 1
            for n, p, r, s in zip(self.pixels, self.padding, self.window, self.strides, strict=True)
        )
        return height, width

    @property
    def _points(self) -> int:
        return self.batch * prod(self.result_pixels)

    def _layer(self, operation: str, weights: Sequence[tuple[int, ...]]) -> ModuleOp:
        """Return a function of one operation of the kernel dialect."""
        x, w, y = self.types
        image = (self.batch, *self.pixels, self.channels)
        inputs = [_tensor(image, x), *(_tensor(shape, w) for shape in weights)]
        result = _tensor((self.batch, *self.result_pixels, self.outputs), y)
        names = [f"%v{number}" for number in range(len(inputs))]
        arguments = ", ".join(f"{a}: {b}" for a, b in zip(names, inputs, strict=True))
        unsigned = ", unsigned = array<i64: 0>" if x == "u8" else ""
        attributes = f"strides = {list(self.strides)}, padding = {list(self.padding)}{unsigned}"
        return module_of(f"""
func.func @layer({arguments}) -> {result} {{
  %y = kernel.{operation} {", ".join(names)} {{layout = "nhwc", {attributes}}}
    : {", ".join(inputs)} -> {result}
  func.return %y : {result}
}}""")


@dataclass(frozen=True)
class Convolution(Image):
    """A convolution in which every output sees all channels."""

    @property
    def operations(self) -> int:
        """Pixels in the padding count, as everywhere in the literature."""
        return 2 * self._points * self.outputs * self.channels * prod(self.window)

    def build(self) -> ModuleOp:
        """Return `kernel.conv`."""
        return self._layer("conv", [(*self.window, self.channels, self.outputs)])


@dataclass(frozen=True)
class Depthwise(Image):
    """A convolution of every channel with a window of its own: as many outputs as channels."""

    @property
    def _channels(self) -> str:
        return f"{self.channels}"

    @property
    def operations(self) -> int:
        """A multiplication and an addition per point of the window."""
        return 2 * self._points * self.channels * prod(self.window)

    def build(self) -> ModuleOp:
        """Return `kernel.depthwise_conv`."""
        return self._layer("depthwise_conv", [(*self.window, self.channels)])


@dataclass(frozen=True)
class Separable(Image):
    """A depthwise convolution, then a product that mixes the channels; nothing in between."""

    WEIGHTS: ClassVar[tuple[int, ...]] = (1, 2)

    @property
    def operations(self) -> int:
        """Those of both parts."""
        return 2 * self._points * self.channels * (prod(self.window) + self.outputs)

    def build(self) -> ModuleOp:
        """Return `kernel.depthwise_separable`."""
        mix = (self.channels, self.outputs)
        return self._layer("depthwise_separable", [(*self.window, self.channels), mix])


@dataclass(frozen=True)
class Recurrent(Case):
    """A layer of `gru` or `lstm` cells over a sequence, with as many inputs as units."""

    cell: str
    units: int
    batch: int
    steps: int

    @property
    def WEIGHTS(self) -> tuple[int, ...]:  # type: ignore[override]
        """Weights of input and state, and the bias."""
        first = 2 if self.cell == "gru" else 3
        return (first, first + 1, first + 2)

    @property
    def gates(self) -> int:
        """How many products every unit has."""
        return {"gru": 3, "lstm": 4}[self.cell]

    @property
    def name(self) -> str:
        """Cell, units, batch and steps."""
        return f"{self.cell} {self.units} b{self.batch} t{self.steps}"

    @property
    def operations(self) -> int:
        """Those of the products with both weights."""
        return 2 * self.steps * self.batch * self.gates * self.units * 2 * self.units

    def build(self) -> ModuleOp:
        """Return `kernel.gru` or `kernel.lstm`."""
        return module_of(kernels.recurrent(self.cell, self.units, self.batch, self.steps))

    def arrays(self) -> list[Array]:
        """Return inputs whose gates are not saturated: weights of variance 1 / units."""
        arrays = super().arrays()
        for index in self.WEIGHTS:
            arrays[index] *= np.float32(1 / sqrt(self.units))
        return arrays


def _tensor(shape: Sequence[int], element: str) -> str:
    """Return a tensor's type; MLIR's integers have no sign."""
    return f"tensor<{'x'.join(map(str, (*shape, element.replace('u', 'i'))))}>"


def _by(pair: tuple[int, int]) -> str:
    """Return two numbers in words, one if they are equal."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"
