"""oneDNN called directly, without a framework around it: weights reordered ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatchmethod

import numpy as np

from ..cases import Case, Convolution, Depthwise, Gemm, Image, Recurrent, Separable
from ..memory import empty
from ..peer import Array, Peer, Prepared, Settings, Unsupported
from .onednn_api import (
    BIAS,
    CELL,
    CONVOLUTION_AUTO,
    INFERENCE,
    LEFT_TO_RIGHT,
    RESULT,
    SOURCE,
    STATE,
    STATE_WEIGHTS,
    WEIGHTS,
    OneDnnApi,
    dims,
    library_path,
)

Call = Callable[[], object]


class OneDnn(Peer):
    """The primitives of oneDNN, each weight in the layout that the primitive asks for."""

    configuration = "C interface, weights in the primitive's own layout, images channels last"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether the library is installed."""
        return "" if library_path() else "not installed (pip install onednn-cpu-gomp)"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.api = OneDnnApi()

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Make the primitives of a case."""
        output = case.signature.outputs[0]
        result = empty(output.shape, output.dtype)
        call = self.primitives(case, arrays, result)
        return Prepared(call, lambda: [result])

    @singledispatchmethod
    def primitives(self, case: Case, arrays: Sequence[Array], result: Array) -> Call:
        """Return a call that computes a case into an array."""
        raise Unsupported(f"no primitive for {type(case).__name__}")

    @primitives.register
    def _(self, case: Gemm, arrays: Sequence[Array], result: Array) -> Call:
        api, (x, w) = self.api, arrays
        source = api.describe((case.m, case.k), case.types[0], (case.k, 1))
        target = api.describe((case.m, case.n), case.types[2], (case.n, 1))
        shape = (case.k, case.n)
        chosen = api.any_layout(shape, case.types[1])
        primitive = api.primitive_description("matmul", source, chosen, None, target)
        given = api.describe(shape, case.types[1], (case.n, 1))
        weights, packed = api.packed(primitive, WEIGHTS, given, w)
        memories = {SOURCE: api.memory(source, x), RESULT: api.memory(target, result)}
        return api.call(primitive, {**memories, WEIGHTS: weights}, (x, packed, result))

    @primitives.register
    def _(self, case: Convolution, arrays: Sequence[Array], result: Array) -> Call:
        x, w = arrays
        return self._convolution(case, x, w.transpose(3, 2, 0, 1), result)

    @primitives.register
    def _(self, case: Depthwise, arrays: Sequence[Array], result: Array) -> Call:
        x, w = arrays
        return self._convolution(case, x, _windows(w), result)

    @primitives.register
    def _(self, case: Separable, arrays: Sequence[Array], result: Array) -> Call:
        x, w, mix = arrays
        between = empty((case.batch, *case.result_pixels, case.channels), result.dtype)
        first = self._convolution(case, x, _windows(w), between)
        one = Convolution(
            case.types, case.batch, case.result_pixels, case.channels, case.outputs, (1, 1)
        )
        second = self._convolution(one, between, mix.T[:, :, None, None], result)

        def call() -> None:
            """Run one convolution after the other."""
            first()
            second()

        return call

    def _convolution(self, case: Image, x: Array, w: Array, result: Array) -> Call:
        """Return a convolution; the weights are a view in the order that the library wants."""
        api = self.api
        source = api.describe(*_channels_first(x, case.types[0]))
        target = api.describe(*_channels_first(result, case.types[2]))
        chosen = api.any_layout(w.shape, case.types[1])
        padding = dims(case.padding)
        geometry = (dims(case.strides), dims((0, 0)), padding, padding)
        operands = (source, chosen, None, target)
        primitive = api.primitive_description(
            "convolution_forward", INFERENCE, CONVOLUTION_AUTO, *operands, *geometry
        )
        given = api.describe(w.shape, case.types[1], _strides(w))
        weights, packed = api.packed(primitive, WEIGHTS, given, w)
        memories = {SOURCE: api.memory(source, x), RESULT: api.memory(target, result)}
        return api.call(primitive, {**memories, WEIGHTS: weights}, (x, packed, result))

    @primitives.register
    def _(self, case: Recurrent, arrays: Sequence[Array], result: Array) -> Call:
        api, units, gates = self.api, case.units, case.gates
        x, h, *cell, w, r, bias = arrays
        if case.cell == "gru":  # its gates are z, r, n and once more n, for the state's own bias
            order = [1, 0, 2]
            w, r = (a.reshape(gates, units, -1)[order].reshape(a.shape) for a in (w, r))
            bias = np.concatenate([bias.reshape(gates, units)[order].ravel(), np.zeros_like(h[0])])
        element = case.types[0]
        sequence = api.describe(x.shape, element, _strides(x))
        state = api.describe((1, 1, *h.shape), element, (h.size, h.size, units, 1))
        shape = (1, 1, units, gates, units)
        chosen = api.any_layout(shape, element)
        given = api.describe(shape, element, (w.size, w.size, 1, units * units, units))
        biases = api.describe(
            (1, 1, bias.size // units, units), element, (bias.size, bias.size, units, 1)
        )
        target = api.describe(result.shape, element, _strides(result))
        lstm = case.cell == "lstm"
        states = (state, state) if lstm else (state,)
        none = (None, None) if lstm else ()  # neither peepholes nor a projection
        ends = (None, None) if lstm else (None,)  # the last states are not asked for
        primitive = api.primitive_description(
            "lstm_forward" if lstm else "lbr_gru_forward",
            *(INFERENCE, LEFT_TO_RIGHT, sequence, *states, chosen, chosen, *none),
            *(biases, target, *ends, 0),
        )
        weights, packed = api.packed(primitive, WEIGHTS, given, w)
        recurrent, packed_too = api.packed(primitive, STATE_WEIGHTS, given, r)
        memories = {
            SOURCE: api.memory(sequence, x),
            STATE: api.memory(state, h),
            **({CELL: api.memory(state, cell[0])} if lstm else {}),
            WEIGHTS: weights,
            STATE_WEIGHTS: recurrent,
            BIAS: api.memory(biases, bias),
            RESULT: api.memory(target, result),
        }
        return api.call(primitive, memories, (arrays, packed, packed_too, bias, result))


def _strides(array: Array) -> list[int]:
    """Return the strides of an array in elements."""
    return [stride // array.itemsize for stride in array.strides]


def _channels_first(image: Array, element: str) -> tuple[tuple[int, ...], str, list[int]]:
    """Return shape, type and strides of an image, its dimensions in the library's order."""
    view = image.transpose(0, 3, 1, 2)
    return view.shape, element, _strides(view)


def _windows(weights: Array) -> Array:
    """Return depthwise weights as a view: [groups, 1, 1, window]."""
    return weights.transpose(2, 0, 1)[:, None, None]
