"""PyTorch at its best: oneDNN with weights packed ahead, or whatever else is quicker."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import singledispatchmethod
from time import perf_counter
from typing import Any

from ..cases import Case, Convolution, Depthwise, Gemm, Recurrent, Separable
from ..peer import Array, Prepared, Unsupported
from .torch_default import TorchDefault

Variant = tuple[str, Callable[[], Any]]

_PLAIN = (None, "none", [], "")
"""No bias and nothing after the product."""


class TorchBest(TorchDefault):
    """The quickest of the calls that PyTorch offers for a case, found by trying each."""

    configuration = (
        "the quickest of the default call and oneDNN with prepacked weights (_linear_pointwise, "
        "_mkl_linear, _convolution_pointwise, qlinear_pointwise, qconv_pointwise, mkldnn_rnn_layer)"
    )

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Try all variants and keep the quickest."""
        variants: list[Variant] = []
        reasons: list[str] = []
        tensors = self.tensors(case, arrays)
        for make in (self._default, self.packed):
            try:
                variants += make(case, tensors)
            except (Unsupported, RuntimeError) as error:
                reasons.append(str(error).partition("\n")[0])
        if not variants:
            raise Unsupported("; ".join(reasons))
        tried = {name: _seconds(call) for name, call in variants}
        name, call = min(variants, key=lambda variant: tried[variant[0]])
        roundoff = {"bf16": 2**-8, "i8": 2**-24, "u8": 2**-24}.get(case.types[0], 0.0)
        return Prepared(
            call,
            lambda: [self.array(case, call())],
            roundoff if name != "_int_mm" else 0.0,
            notes={
                "variant": name,
                "tried": tried,
                "refused": [reason[:100] for reason in reasons],
            },
        )

    def _default(self, case: Case, tensors: Sequence[Any]) -> Iterator[Variant]:
        name = "_int_mm" if case.types[2] == "i32" else "default"
        yield name, self.plain(case, tensors)

    @singledispatchmethod
    def packed(self, case: Case, tensors: Sequence[Any]) -> Iterator[Variant]:
        """Yield calls with weights packed ahead."""
        raise Unsupported(f"no packed call for {type(case).__name__}")

    @packed.register
    def _(self, case: Gemm, tensors: Sequence[Any]) -> Iterator[Variant]:
        x, w = tensors
        ops = self.torch.ops
        if case.types[2] == "i32":
            yield "qlinear_pointwise", self._quantised_linear(case, x, w)
            return
        packed = ops.mkldnn._reorder_linear_weight(w.t().contiguous(), case.m)
        yield "_linear_pointwise", lambda: ops.mkldnn._linear_pointwise(x, packed, *_PLAIN)
        if case.types[0] == "f32":
            weights = w.t().contiguous()
            blas = ops.mkl._mkl_reorder_linear_weight(weights, case.m)
            yield "_mkl_linear", lambda: ops.mkl._mkl_linear(x, blas, weights, None, case.m)

    def _quantised_linear(self, case: Gemm, x: Any, w: Any) -> Callable[[], Any]:
        """Return a product of integers as f32; signed inputs as unsigned ones around 128."""
        torch, ops = self.torch, self.torch.ops.onednn
        packed = ops.qlinear_prepack(w.t().contiguous(), [case.m, case.k])
        x, zero = self._unsigned(x)
        scales, zeros = torch.ones(case.n), torch.zeros(case.n, dtype=torch.int32)
        bias, *post = _PLAIN
        fixed = (1.0, zero, packed, scales, zeros, bias, 1.0, 0, torch.float32, *post)
        return lambda: ops.qlinear_pointwise(x, *fixed)

    def _unsigned(self, x: Any) -> tuple[Any, int]:
        """Return a tensor as unsigned, and the number that stands for zero in it."""
        if x.dtype == self.torch.uint8:
            return x, 0
        return (x.to(self.torch.int16) + 128).to(self.torch.uint8), 128

    @packed.register
    def _(self, case: Convolution, tensors: Sequence[Any]) -> Iterator[Variant]:
        x, w = tensors
        if case.types[2] == "i32":
            yield "qconv_pointwise", self._quantised_convolution(case, x, self.filters(w))
        else:
            yield "_convolution_pointwise", self._convolution(case, x, self.filters(w))

    @packed.register
    def _(self, case: Depthwise, tensors: Sequence[Any]) -> Iterator[Variant]:
        x, w = tensors
        call = self._convolution(case, x, self.windows(w), case.channels)
        yield "_convolution_pointwise", call

    @packed.register
    def _(self, case: Separable, tensors: Sequence[Any]) -> Iterator[Variant]:
        x, w, mix = tensors
        ops = self.torch.ops.mkldnn
        strides, padding, one, none = list(case.strides), list(case.padding), [1, 1], [0, 0]
        groups, shape = case.channels, list(x.shape)
        windows = ops._reorder_convolution_weight(
            self.windows(w).contiguous(), padding, strides, one, groups, shape
        )
        middle = [case.batch, case.channels, *case.result_pixels]
        filters = ops._reorder_convolution_weight(
            mix.t()[:, :, None, None].contiguous(), none, one, one, 1, middle
        )
        bias, *post = _PLAIN

        def call() -> Any:
            """Run one convolution after the other."""
            between = ops._convolution_pointwise(
                x, windows, bias, padding, strides, one, groups, *post
            )
            return ops._convolution_pointwise(between, filters, bias, none, one, one, 1, *post)

        yield "_convolution_pointwise", call

    def _convolution(self, case: Any, x: Any, w: Any, groups: int = 1) -> Callable[[], Any]:
        """Return a convolution with packed weights."""
        ops = self.torch.ops.mkldnn
        strides, padding, one = list(case.strides), list(case.padding), [1, 1]
        packed = ops._reorder_convolution_weight(
            w.contiguous(), padding, strides, one, groups, list(x.shape)
        )
        bias, *post = _PLAIN
        fixed = (packed, bias, padding, strides, one, groups, *post)
        return lambda: ops._convolution_pointwise(x, *fixed)

    def _quantised_convolution(self, case: Convolution, x: Any, w: Any) -> Callable[[], Any]:
        """Return a convolution of integers as f32; signed inputs as unsigned ones around 128."""
        torch, ops = self.torch, self.torch.ops.onednn
        x, zero = self._unsigned(x)
        strides, padding, one = list(case.strides), list(case.padding), [1, 1]
        scales = torch.ones(case.outputs)
        zeros = torch.zeros(case.outputs, dtype=torch.int32)
        geometry = (strides, padding, one, 1)
        packed = ops.qconv_prepack(w.contiguous(), scales, 1.0, zero, *geometry, list(x.shape))
        bias, *post = _PLAIN
        fixed = (1.0, zero, packed, scales, zeros, bias, *geometry, 1.0, 0, torch.float32, *post)
        return lambda: ops.qconv_pointwise(x, *fixed)

    @packed.register
    def _(self, case: Recurrent, tensors: Sequence[Any]) -> Iterator[Variant]:
        if case.cell != "lstm":
            raise Unsupported("mkldnn_rnn_layer has only LSTM")
        torch = self.torch
        x, h, c, w, r, bias = tensors
        units, none = case.units, torch.zeros_like(bias)
        packed = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight(
            w, r, units, False, True, False, list(x.shape)
        )
        states = (h.unsqueeze(0), c.unsqueeze(0))
        lstm = 2
        fixed = (*packed, bias, none, *states, False, [], lstm, units, 1, True, False, False, False)
        yield "mkldnn_rnn_layer", lambda: torch.ops.aten.mkldnn_rnn_layer(x, *fixed)[0]


def _seconds(call: Callable[[], object]) -> float:
    """Return the best time of a few calls, after one to warm up."""
    times: list[float] = []
    call()
    for _ in range(5):
        start = perf_counter()
        for _ in range(3):
            call()
        times.append((perf_counter() - start) / 3)
        if times[-1] > 0.05:
            break
    return min(times)
