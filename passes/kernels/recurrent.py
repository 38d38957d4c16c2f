"""Lower recurrent layers: matrix multiplications, the gates as one statement, a loop over steps."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import scf
from xdsl.dialects.builtin import IndexType
from xdsl.ir import Block, SSAValue

from ...dialects.kernel.recurrent import (
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
from ...dialects.scalar_builder import ScalarBuilder
from ...dialects.shapes import element_type_of, shape_of
from .builder import Dims, Element, KernelBuilder

_STATE = ("b", "h")
"""The axes of a state: batch and element."""


def lower_cell(op: RnnCellOp | GruCellOp | LstmCellOp, build: KernelBuilder) -> list[SSAValue]:
    """A cell: the product of input and weights, then a step."""
    batch = shape_of(op.x)[0]
    product = _product(op.x, op.w, build)
    product = build.reshape(product, (batch, len(op.order), op.hidden))
    return _step(op, product, [op.h, *_cell_of(op)], build)


def lower_sequence(op: RnnOp | GruOp | LstmOp, build: KernelBuilder) -> list[SSAValue]:
    """A sequence: the product of all inputs and weights, then a loop over the steps."""
    steps, batch, inputs = shape_of(op.x)
    gates, hidden = len(op.order), op.hidden
    stacked = build.reshape(op.x, (steps * batch, inputs))
    products = build.reshape(_product(stacked, op.w, build), (steps, batch, gates, hidden))
    first, end, one = (build.index(number) for number in (0, steps, 1))
    sequence = build.empty((steps, batch, hidden), element_type_of(op.x))
    states = [sequence, op.h, *_cell_of(op)]
    block = Block(arg_types=[IndexType(), *(state.type for state in states)])
    time, written, *old = block.args
    time.name_hint = "t"
    body = KernelBuilder()
    sizes = (1, batch, gates, hidden)
    product = body.slice(products, (time, 0, 0, 0), sizes, sizes[1:])
    new = _step(op, product, old, body)
    written = body.insert(new[0], written, (time, 0, 0), (1, batch, hidden))
    block.add_ops([*body.ops, scf.YieldOp(written, *new)])
    loop = scf.ForOp(first, end, one, states, block)
    build.ops.append(loop)
    return list(loop.results)


def _cell_of(op: RecurrentOp) -> list[SSAValue]:
    """Return the second part of the state, if there is one."""
    return [op.c] if isinstance(op, LstmLayer) else []


def _product(x: SSAValue, weights: SSAValue, build: KernelBuilder) -> SSAValue:
    """Return `x` times the transpose of the weights."""
    shape = (shape_of(x)[0], shape_of(weights)[0])
    target = build.filled(shape, element_type_of(x))
    return build.product("mnk", [(x, "mk"), (weights, "nk")], (target, "mn"))


def _step(
    op: RecurrentOp, product: SSAValue, state: Sequence[SSAValue], build: KernelBuilder
) -> list[SSAValue]:
    """Return the new state: `h`, and the cell of a long short-term memory.

    Args:
        op: The layer.
        product: The product of the input and its weights, `[batch, gates, hidden]`.
        state: The old state.
        build: Where the statements go.
    """
    if isinstance(op, GruLayer):
        return [(_gru_before if op.reset_before else _gru)(op, product, state[0], build)]
    recurrent = _recurrent(op, state[0], op.r, build)
    if isinstance(op, LstmLayer):
        return _lstm(op, product, recurrent, state[1], build)
    assert isinstance(op, RnnLayer)

    def element(scalars: ScalarBuilder, *parts: SSAValue) -> SSAValue:
        return scalars.activated(_sum(scalars, parts), op.function)

    return [_state(op, _gate(op, "h", product, recurrent, build), element, build)]


def _recurrent(op: RecurrentOp, h: SSAValue, weights: SSAValue, build: KernelBuilder) -> SSAValue:
    """Return the product of a state and recurrent weights, `[batch, gates, hidden]`."""
    gates = shape_of(weights)[0] // op.hidden
    return build.reshape(_product(h, weights, build), (shape_of(h)[0], gates, op.hidden))


def _gate(
    op: RecurrentOp, gate: str, product: SSAValue, recurrent: SSAValue, build: KernelBuilder
) -> list[tuple[SSAValue, Dims]]:
    """Return what a gate is the sum of: both products, and the biases."""
    number = op.order.index(gate)
    parts: list[tuple[SSAValue, Dims]] = [
        (product, ("b", number, "h")),
        (recurrent, ("b", number, "h")),
    ]
    return parts + [
        (build.reshape(bias, (len(op.order), op.hidden)), (number, "h"))
        for bias in (op.bias, op.recurrent_bias)
        if bias is not None
    ]


def _state(
    op: RecurrentOp,
    inputs: Sequence[tuple[SSAValue, Dims]],
    element: Element,
    build: KernelBuilder,
) -> SSAValue:
    """Return a statement over a state."""
    return build.elementwise(_STATE, inputs, op.h.type, element)


def _sum(scalars: ScalarBuilder, parts: Sequence[SSAValue]) -> SSAValue:
    """Return a sum."""
    total = parts[0]
    for part in parts[1:]:
        total = scalars.add(total, part)
    return total


def _gru(op: GruLayer, product: SSAValue, h: SSAValue, build: KernelBuilder) -> SSAValue:
    """Return the new state where the reset gate scales the recurrent product."""
    recurrent = _recurrent(op, h, op.r, build)
    parts = [_gate(op, gate, product, recurrent, build) for gate in "rzn"]
    count = len(parts[0])

    def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        reset = scalars.sigmoid(_sum(scalars, args[:count]))
        update = scalars.sigmoid(_sum(scalars, args[count : 2 * count]))
        given, again, *biases, old = args[2 * count :]
        if op.recurrent_bias is not None:
            again = scalars.add(again, biases.pop())
        if biases:
            given = scalars.add(given, biases.pop())
        new = scalars.unary("tanh", scalars.add(given, scalars.mul(reset, again)))
        return _mixed(scalars, update, new, old)

    return _state(op, [*parts[0], *parts[1], *parts[2], (h, _STATE)], element, build)


def _gru_before(op: GruLayer, product: SSAValue, h: SSAValue, build: KernelBuilder) -> SSAValue:
    """Return the new state where the reset gate scales the old one before its product."""
    recurrent = _recurrent(op, h, op.r, build)  # of the last gate it is not used

    def scaled(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        return scalars.mul(scalars.sigmoid(_sum(scalars, args[:-1])), args[-1])

    reset = _gate(op, "r", product, recurrent, build)
    less = _state(op, [*reset, (h, _STATE)], scaled, build)
    rows, at = shape_of(op.r)[0] // len(op.order), op.order.index("n")
    weights = build.slice(op.r, (at * rows, 0), (rows, op.hidden))
    again = _product(less, weights, build)
    update = _gate(op, "z", product, recurrent, build)
    given, _, *biases = _gate(op, "n", product, recurrent, build)
    count = len(update)

    def element(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        new = scalars.unary("tanh", _sum(scalars, args[count:-1]))
        return _mixed(scalars, scalars.sigmoid(_sum(scalars, args[:count])), new, args[-1])

    inputs = [*update, given, (again, _STATE), *biases, (h, _STATE)]
    return _state(op, inputs, element, build)


def _mixed(scalars: ScalarBuilder, update: SSAValue, new: SSAValue, old: SSAValue) -> SSAValue:
    """Return `(1 - update) * new + update * old`."""
    rest = scalars.binary("sub", scalars.number(1, update.type), update)
    return scalars.add(scalars.mul(rest, new), scalars.mul(update, old))


def _lstm(
    op: LstmLayer, product: SSAValue, recurrent: SSAValue, c: SSAValue, build: KernelBuilder
) -> list[SSAValue]:
    """Return the new state and the new cell."""
    parts = [_gate(op, gate, product, recurrent, build) for gate in "ifgo"]
    count = len(parts[0])

    def cell(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        enter, keep, new = (
            _sum(scalars, args[number * count : (number + 1) * count]) for number in range(3)
        )
        kept = scalars.mul(scalars.sigmoid(keep), args[-1])
        added = scalars.mul(scalars.sigmoid(enter), scalars.unary("tanh", new))
        return scalars.add(kept, added)

    def state(scalars: ScalarBuilder, *args: SSAValue) -> SSAValue:
        out = scalars.sigmoid(_sum(scalars, args[:-1]))
        return scalars.mul(out, scalars.unary("tanh", args[-1]))

    inner = _state(op, [*parts[0], *parts[1], *parts[2], (c, _STATE)], cell, build)
    return [_state(op, [*parts[3], (inner, _STATE)], state, build), inner]
