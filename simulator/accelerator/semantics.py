"""What an instruction does, on arrays: its statement, with hardware loops around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from xdsl.dialects import arith
from xdsl.dialects.builtin import MemRefType
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Block, BlockArgument, OpResult, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from ...dialects.isa import InstructionOp
from ...dialects.isa import statement as isa_statement
from ...dialects.kernel import ContractOp
from ...dialects.linalg.named import body_of
from ..elements import Array, constant, dtype_of, is_float, scalar
from ..nests import contraction_body
from ..scalars import evaluate
from ..statements import LoopNest
from ..windows import linear_form

Shape = tuple[int, ...]
Values = Mapping[str, "int | float"]
"""The values of an instruction's parameters by name."""


@dataclass(frozen=True)
class OperandForm:
    """An operand of an instruction.

    Attributes:
        name: Its name. memory: The memory that it lives in. dtype: The type of its elements.
        map: From the loops of the statement to its elements.
        shape: Its extents, `DYNAMIC_INDEX` where the loops give them.
    """

    name: str
    memory: str
    dtype: np.dtype[Any]
    map: AffineMap
    shape: Shape


class Semantics:
    """The statement of an instruction, ready to be executed.

    Integers wrap. Sums, products and extremes of floats are taken one element after the other, in
    the order of the loops, hardware loops outermost, each rounded to the element type.

    Attributes:
        operands: The operands in the order of the instruction. output: Which one is written.
        axes: The axes, each with the least and the most that is done of it.
        clears: Whether it writes a sum that begins with zero.
    """

    def __init__(self, op: InstructionOp) -> None:
        self.op = op
        statement = op.statement
        maps = isa_statement.indexing_maps(statement)
        self._values = tuple(statement.operands)
        self._maps = maps
        self._body = _body_of(op)
        arguments = op.operand_arguments
        self._places = tuple(
            arguments.index(value) if isinstance(value.type, MemRefType) else None
            for value in self._values
        )
        forms = dict(zip(self._places, maps, strict=True))
        self.operands = tuple(
            OperandForm(name, memory, dtype_of(type.element_type), forms[i], type.get_shape())
            for i, (name, memory, type) in enumerate(
                zip(op.operand_names, op.operand_memories, op.operand_memrefs, strict=True)
            )
        )
        self.output = op.output_index
        most = op.most
        self.axes = tuple(
            (axis, 1 if axis in most else extent, extent)
            for axis, extent in zip(op.axes, op.extents, strict=True)
        )
        self.parameters = tuple(op.parameters)
        element = op.operand_memrefs[self.output].element_type
        self._ordered = is_float(element)
        self.clears = (
            isinstance(statement, ContractOp)
            and statement.destination is not None
            and bool(statement.spec.reductions)
        )
        self._nests: dict[tuple[Shape, Shape, tuple[tuple[int, ...], ...]], LoopNest] = {}
        self._live: dict[tuple[tuple[str, int | float], ...], frozenset[int]] = {}
        self._shapes: dict[Shape, tuple[Shape, ...]] = {}

    def shapes(self, extents: Shape) -> tuple[Shape, ...]:
        """The extents of the operands that the loops reach, absent elements among them."""
        if extents not in self._shapes:
            self._shapes[extents] = tuple(_reach(form.map, extents) for form in self.operands)
        return self._shapes[extents]

    def reads(self, parameters: Values) -> frozenset[int]:
        """The operands whose values matter where the parameters have these values."""
        key = tuple(parameters.items())
        if key not in self._live:
            outside = self._outside(parameters)
            terminator = self._body.last_op
            assert terminator is not None
            found = _Live(self._body, outside).arguments(terminator.operands[0])
            if self.clears:
                found.discard(len(self._values) - 1)
            places = (self._places[number] for number in found)
            self._live[key] = frozenset(place for place in places if place is not None)
        return self._live[key]

    def run(
        self,
        arrays: Sequence[Array],
        extents: Shape,
        counts: Shape,
        moving: Sequence[tuple[int, ...]],
        parameters: Values,
    ) -> None:
        """Execute the statement on arrays; the output is written in place.

        Args:
            arrays: Per operand an array of its shape, behind a dimension for each hardware loop
                that it moves with.
            extents: How much of each axis is done.
            counts: How often each hardware loop runs.
            moving: Per operand, the loops that it moves with.
            parameters: The values of the parameters.
        """
        nest = self._nest(extents, counts, tuple(moving))
        outside = self._outside(parameters)
        operands = [
            outside(value) if place is None else arrays[place]
            for value, place in zip(self._values, self._places, strict=True)
        ]
        with np.errstate(all="ignore"):
            nest.run(operands, outside)

    def _nest(self, extents: Shape, counts: Shape, moving: tuple[tuple[int, ...], ...]) -> LoopNest:
        """The loop nest, with the hardware loops outermost."""
        key = (extents, counts, moving)
        if key not in self._nests:
            maps = tuple(
                map if place is None else _with_loops(map, len(counts), moving[place])
                for map, place in zip(self._maps, self._places, strict=True)
            )
            inputs = len(self._values) - 1
            self._nests[key] = LoopNest(
                (*counts, *extents), maps, inputs, self._body, ordered=self._ordered
            )
        return self._nests[key]

    def _outside(self, parameters: Values) -> Callable[[SSAValue], Any]:
        """What gives the values from outside that the body uses: parameters and constants."""

        def value_of(value: SSAValue) -> Any:
            if isinstance(value, BlockArgument):
                return scalar(parameters[value.name_hint or ""], value.type)
            assert isinstance(value, OpResult)
            assert isinstance(value.op, arith.ConstantOp)
            return constant(value.op.value)

        return value_of


@lru_cache(maxsize=1024)
def semantics_of(op: InstructionOp) -> Semantics:
    """What an instruction does; read once, because machines do not change."""
    return Semantics(op)


def _body_of(op: InstructionOp) -> Block:
    """The body of an instruction's statement."""
    statement = op.statement
    if isinstance(statement, ContractOp):
        return contraction_body(statement)
    assert isinstance(statement, LinalgStructuredOperation)
    return body_of(statement).block


def _with_loops(map: AffineMap, loops: int, moving: Sequence[int]) -> AffineMap:
    """The map behind so many more dimensions, of which some are results."""
    count = loops + map.num_dims
    dims: list[AffineExpr] = [AffineDimExpr(loops + dim) for dim in range(map.num_dims)]
    results = (expr.replace_dims_and_symbols(dims, []) for expr in map.results)
    return AffineMap(count, 0, (*(AffineDimExpr(loop) for loop in moving), *results))


class _Live:
    """Finds the arguments of a body that its result depends on, given what is known outside of it."""

    def __init__(self, body: Block, outside: Callable[[SSAValue], Any]) -> None:
        self._body = body
        self._outside = outside
        self._seen: set[SSAValue] = set()
        self._scalars: dict[SSAValue, Any] = {}

    def arguments(self, value: SSAValue) -> set[int]:
        """The indices of the arguments that a value depends on."""
        if value in self._seen:
            return set()
        self._seen.add(value)
        if isinstance(value, BlockArgument):
            return {value.index} if value.block is self._body else set()
        assert isinstance(value, OpResult)
        if value.op.parent is not self._body:
            return set()
        operands = list(value.op.operands)
        if isinstance(value.op, arith.SelectOp):
            known = self._scalar(operands[0])
            if known is not None:
                operands = [operands[1] if known else operands[2]]
        return {found for operand in operands for found in self.arguments(operand)}

    def _scalar(self, value: SSAValue) -> Any:
        """The value if it depends on no argument, else None."""
        if value not in self._scalars:
            self._scalars[value] = self._compute(value)
        return self._scalars[value]

    def _compute(self, value: SSAValue) -> Any:
        """Work out a value that may depend on arguments."""
        if isinstance(value, BlockArgument):
            return None if value.block is self._body else self._outside(value)
        assert isinstance(value, OpResult)
        if value.op.parent is not self._body:
            return self._outside(value)
        if not value.op.operands:
            return evaluate(value.op, []) if isinstance(value.op, arith.ConstantOp) else None
        operands = [self._scalar(operand) for operand in value.op.operands]
        return None if any(o is None for o in operands) else evaluate(value.op, operands)


def _reach(map: AffineMap, extents: Shape) -> Shape:
    """How many elements an operand has along each dimension if all that loops access are there."""
    form = linear_form(map)
    assert form is not None
    origin = map.eval([0] * map.num_dims, [])
    return tuple(
        1 + first + sum(max(0, c * (n - 1)) for c, n in zip(row, extents, strict=True))
        for row, first in zip(form.matrix, origin, strict=True)
    )
