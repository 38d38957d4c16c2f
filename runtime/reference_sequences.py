"""The reference of recurrent layers and attention, in NumPy.

A worst-case bound of an error that is fed back would soon allow anything. In a sequence, errors are
therefore taken as independent with mean zero and added as squares, and the root is granted
`_CONFIDENCE` times: by Azuma's and Hoeffding's inequality a correct result exceeds that with a
probability below 1e-13 (N. J. Higham and T. Mary, A new approach to probabilistic rounding error
analysis, 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from xdsl.ir import Operation

from ..dialects.kernel import AttentionOp
from ..dialects.kernel.recurrent import (
    GruCellOp,
    GruLayer,
    GruOp,
    LstmCellOp,
    LstmLayer,
    LstmOp,
    RecurrentOp,
    RnnCellOp,
    RnnLayer,
    RnnOp,
)
from .bounded import Bounded, roundoff
from .quantity import Quantity, dot
from .reference_layers import softmax_along

_CONFIDENCE = 8.0

Dot: TypeAlias = Callable[[Quantity, Quantity], Quantity]


def _worst(one: Quantity, other: Quantity) -> Quantity:
    """Multiply by the transpose of a matrix, with the worst-case bound."""
    zero = Quantity.full((one.shape[0], other.shape[0]), 0, one.element)
    return dot("mk,nk->mn", (one, other), zero, one.element)


def _likely(one: Quantity, other: Quantity) -> Quantity:
    """Multiply by the transpose of a matrix, with the root of the sum of the squared errors."""
    terms = one.value**2 @ (other.value.T) ** 2
    unit = np.sqrt(one.shape[1]) * roundoff(one.element)
    inherited = one.error**2 @ (other.value.T) ** 2 + one.value**2 @ (other.error.T) ** 2
    error = np.sqrt(inherited + unit**2 * terms)
    return Quantity(Bounded(one.value @ other.value.T, error), one.element)


def _step(
    op: RecurrentOp,
    given: Mapping[str, Quantity],
    x: Quantity,
    state: tuple[Quantity, ...],
    by: Dot,
) -> tuple[Quantity, ...]:
    """Return the state after a step."""
    h, size = state[0], op.hidden
    w, r = given["w"], given["r"]

    def rows(gate: str) -> slice:
        at = op.order.index(gate) * size
        return slice(at, at + size)

    def entered(gate: str) -> Quantity:
        total = by(x, w[rows(gate)])
        return total + given["bias"][rows(gate)] if "bias" in given else total

    def kept(gate: str, of: Quantity) -> Quantity:
        total = by(of, r[rows(gate)])
        return total + given["recurrent_bias"][rows(gate)] if "recurrent_bias" in given else total

    if isinstance(op, RnnLayer):
        return ((entered("h") + kept("h", h)).activated(op.function),)
    if isinstance(op, LstmLayer):
        i, f, o = ((entered(gate) + kept(gate, h)).sigmoid() for gate in "ifo")
        g = (entered("g") + kept("g", h)).apply(np.tanh)
        c = f * state[1] + i * g
        return o * c.apply(np.tanh), c
    assert isinstance(op, GruLayer)
    reset, z = ((entered(gate) + kept(gate, h)).sigmoid() for gate in "rz")
    again = kept("n", reset * h) if op.reset_before is not None else reset * kept("n", h)
    n = (entered("n") + again).apply(np.tanh)
    return ((-z).plus(1) * n + z * h,)


def _state(given: Mapping[str, Quantity]) -> tuple[Quantity, ...]:
    return (given["h"], given["c"]) if "c" in given else (given["h"],)


def cell(op: RecurrentOp, given: Mapping[str, Quantity]) -> tuple[Quantity, ...]:
    """Compute a cell."""
    return _step(op, given, given["x"], _state(given), _worst)


def sequence(op: RecurrentOp, given: Mapping[str, Quantity]) -> tuple[Quantity, ...]:
    """Compute a sequence, step by step."""
    state = _state(given)
    steps: list[Quantity] = []
    for time in range(given["x"].shape[0]):
        state = _step(op, given, given["x"][time], state, _likely)
        steps.append(state[0])
    values = np.stack([step.value for step in steps])
    errors = np.stack([step.error for step in steps])
    everything = Quantity(Bounded(values, errors), steps[0].element)
    return tuple(_granted(part) for part in (everything, *state))


def _granted(result: Quantity) -> Quantity:
    """Return a result with the bound that is not exceeded in practice."""
    return Quantity(Bounded(result.value, _CONFIDENCE * result.error), result.element)


def attention(op: AttentionOp, given: Mapping[str, Quantity]) -> Quantity:
    """Compute `kernel.attention`."""
    q, k, v = given["q"], given["k"], given["v"]
    batch = "abcdefgh"[: len(q.shape) - 2]
    queries, keys = q.shape[-2], k.shape[-2]
    zero = Quantity.full((*q.shape[:-1], keys), 0, q.element)
    scores = dot(f"{batch}md,{batch}nd->{batch}mn", (q, k), zero, q.element).times(op.factor)
    if op.causal is not None:
        seen = np.tril(np.ones((queries, keys), bool), keys - queries)
        masked = np.where(seen, scores.value, -np.inf)
        scores = Quantity(Bounded(masked, np.where(seen, scores.error, 0)), q.element)
    shares = softmax_along(scores, len(q.shape) - 1)
    zero = Quantity.full((*q.shape[:-1], v.shape[-1]), 0, q.element)
    return dot(f"{batch}mn,{batch}ne->{batch}me", (shares, v), zero, q.element)


RULES: dict[type[Operation], Callable[..., Quantity | tuple[Quantity, ...]]] = {
    AttentionOp: attention,
    GruCellOp: cell,
    GruOp: sequence,
    LstmCellOp: cell,
    LstmOp: sequence,
    RnnCellOp: cell,
    RnnOp: sequence,
}
"""From an operation and its operands by name to its result, or its results."""
