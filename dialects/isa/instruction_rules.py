"""What makes the description of an instruction right; each rule has an error of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import prod
from string import Formatter
from typing import TYPE_CHECKING, TypeVar

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    FixedBitwidthType,
    IntegerType,
    MemRefType,
    NoneAttr,
    StridedLayoutAttr,
    i1,
)
from xdsl.ir import Attribute, BlockArgument, Operation, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineMap

from ..errors import UserError, did_you_mean
from . import encoding_rules, statement
from .attributes import MemoryKind
from .cost import CostAttr, Cycles, cycles_of
from .include import parts_around
from .number import names_around
from .resources import MemoryOp, UnitOp
from .rules import fail, unknown
from .windows import is_contiguous, is_linear, memref_of

if TYPE_CHECKING:
    from .instruction import InstructionOp
    from .scalar import ScalarOp

_Result = TypeVar("_Result")

MOST_FLAGS = 6
"""How many flags an instruction may have: every combination of them is matched."""

_PLACEHOLDER = re.compile(r"(?P<operand>\w+)(\.(?P<property>size|stride)(?P<dim>\d+))?")


def check_instruction(op: InstructionOp) -> None:
    """Raise `VerifyException` where the instruction breaks a rule."""
    _check_unit_and_cost(op, op.unit_name, op.cost)
    for argument in op.operand_arguments:
        _check_operand(op, argument)
    _check_parameters(op)
    names = [argument.name_hint for argument in op.body.block.args]
    for name in names:
        if names.count(name) > 1:
            fail(f"two operands are called %{name}; an ending '_<number>' is not part of a name")
    body = _check_body(op)
    _check_uses(op, body)
    accesses = list(zip(body.operands, statement.indexing_maps(body), strict=True))
    _check_maps(accesses)
    axes, most = statement.axes_of(body), _numbers(lambda: op.most)
    if most:
        _check_extents(axes, most, accesses)
    _check_dynamic_extents(body, axes, most, accesses)
    _check_cycles(_numbers(lambda: op.cycles({})))
    inputs = [n for i, n in enumerate(op.operand_names) if i != op.output_index]
    for name in sorted(op.computed_operands):
        if name not in inputs:
            unknown(f"input '{name}' that is to be computed", name, inputs)
    if op.streaming is not None and not op.is_move:
        fail("an instruction with 'streaming' must do nothing but copy")
    encoding_rules.check_instruction(op)
    if op.c_template is not None:
        _check_c_form(op, op.c_template)


def check_scalar(op: ScalarOp) -> None:
    """Raise `VerifyException` where the instruction breaks a rule."""
    _check_unit_and_cost(op, op.unit_name, op.cost)
    _check_cycles(_numbers(lambda: cycles_of(op.cost, names_around(op))))
    memory = _memory(op, op.memory_name, "")
    if memory.kind is MemoryKind.REGISTER:
        fail(f"@{memory.symbol} is a register memory; a C compiler evaluates from others only")


def _check_unit_and_cost(op: Operation, unit: str, cost: CostAttr | None) -> None:
    """Check that the instruction stands in a target, its unit exists, its cost is positive."""
    parent = op.parent_op()
    if parent is None or parent.name != "isa.target":
        fail(f"'{op.name}' must stand in an 'isa.target'")
    units = parts_around(op, UnitOp)
    if unit not in units:
        unknown(f"unit @{unit}", unit, list(units))
    if cost is None:
        fail("the cost is missing, such as 'cost<latency = 4, interval = 1>'")


def _check_cycles(cycles: Cycles) -> None:
    """Check that a cost is positive."""
    for label, number in (("latency", cycles.latency), ("interval", cycles.interval)):
        if number < 1:
            fail(f"{label} must be at least 1 cycle, got {number}")


def _numbers(work_out: Callable[[], _Result]) -> _Result:
    """Work out numbers of the description; an unknown name in them is an error of the verifier."""
    try:
        return work_out()
    except UserError as error:
        fail(error.message + (f"; {error.hint}" if error.hint else ""))


def _check_operand(op: InstructionOp, argument: BlockArgument) -> None:
    """Check the name, the type and the memory of one operand."""
    if argument.name_hint is None:
        fail(f"operand #{argument.index} has no name")
    name, type = f"%{argument.name_hint}", memref_of(argument.type)
    assert type is not None
    if not isinstance(type.layout, NoneAttr | StridedLayoutAttr):
        fail(f"the layout of operand {name} must be 'strided<[...]>' or absent, got {type.layout}")
    space = statement.memory_name(type)
    if space is None:
        fail(f"operand {name} must name its memory, such as 'memref<16xf32, @mem>'")
    memory = _memory(op, space, f" of operand {name}")
    if memory.kind is MemoryKind.REGISTER:
        _check_register(name, type, memory)


def _check_parameters(op: InstructionOp) -> None:
    """Check that the arguments that are no operands are numbers, named, and stand last."""
    arguments, flags = op.body.block.args, 0
    for argument in arguments[len(op.operand_arguments) :]:
        if isinstance(argument.type, MemRefType):
            fail(f"operand %{argument.name_hint} stands behind a parameter; parameters come last")
    for argument in arguments:
        if isinstance(argument.type, MemRefType):
            continue
        if argument.name_hint is None:
            fail(f"parameter #{argument.index} has no name")
        name = f"%{argument.name_hint}"
        if not isinstance(argument.type, IntegerType | AnyFloat):
            fail(f"{name} must be an operand (a memref) or a parameter (a number)")
        if not argument.uses:
            fail(f"parameter {name} is not used by the body")
        flags += argument.type == i1
    if flags > MOST_FLAGS:
        fail(f"{flags} parameters are flags (i1); at most {MOST_FLAGS} are allowed")


def _check_register(name: str, type: MemRefType[Attribute], memory: MemoryOp) -> None:
    """Check that an operand fills one register of its memory."""
    where = f"register operand {name}"
    if DYNAMIC_INDEX in type.get_shape():
        fail(f"{where} must have static extents, got {type}")
    if not is_contiguous(type):
        fail(f"{where} must be contiguous, got {type}")
    if not isinstance(type.element_type, FixedBitwidthType):
        fail(f"{where} has elements without a size: {type.element_type}")
    size = prod(type.get_shape()) * type.element_type.size
    if memory.bytes is not None and size != memory.bytes:
        fail(f"{where} has {size} bytes, but a register of @{memory.symbol} has {memory.bytes}")


def _check_body(op: InstructionOp) -> Operation:
    """Check that the body is constants and exactly one statement, and return that."""
    found: list[Operation] = []
    for inner in op.body.block.ops:
        if statement.is_statement(inner):
            found.append(inner)
        elif inner.name != "arith.constant":
            known = ", ".join(statement.STATEMENTS)
            fail(f"'{inner.name}' is not a statement; the body is one of: {known}")
    if len(found) != 1:
        fail(f"the body must be exactly one statement, got {len(found)}")
    return found[0]


def _check_uses(op: InstructionOp, body: Operation) -> None:
    """Check that the statement has one output and uses every operand, the output only as such."""
    arguments = op.operand_arguments
    for operand in body.operands:
        is_memref = isinstance(operand.type, MemRefType)
        if operand not in arguments and is_memref:
            fail(f"'{body.name}' uses a value that is not an operand of the instruction")
        if not is_memref and body.name != "linalg.fill":
            fail(f"'{body.name}' takes a scalar; only an operand or a constant can be read")
    if (count := statement.output_count(body)) != 1:
        fail(f"the statement must write one operand, but it writes {count}")
    for argument in arguments:
        if argument not in body.operands:
            fail(f"operand %{argument.name_hint} is not used by the body")
    output = statement.output_of(body)
    if output in statement.inputs_of(body):
        fail(f"the output %{output.name_hint} is also an input of the statement")


def _check_maps(accesses: Sequence[tuple[SSAValue, AffineMap]]) -> None:
    """Check that every access is linear in the loops; the statement itself checked the extents."""
    for operand, map in accesses:
        if not is_linear(map):
            fail(f"the indexing map of %{operand.name_hint} is not linear: {map}")


def _check_extents(
    axes: Sequence[str],
    most: Mapping[str, int],
    accesses: Sequence[tuple[SSAValue, AffineMap]],
) -> None:
    """Check the axes of which less may be done: every operand is `?` along them."""
    for axis, extent in most.items():
        if axis not in axes:
            unknown(f"axis '{axis}' in 'extents'", axis, list(axes))
        if extent < 1:
            fail(f"the most of axis '{axis}' must be at least 1, got {extent}")
    for operand, map in accesses:
        for dim, (size, expr) in enumerate(
            zip(statement.shape_of(operand), map.results, strict=True)
        ):
            names = [axes[axis] for axis in sorted(expr.used_dims()) if axes[axis] in most]
            if names and (size != DYNAMIC_INDEX or not isinstance(expr, AffineDimExpr)):
                fail(
                    f"less may be done of axis '{names[0]}', so dimension {dim} of operand "
                    f"%{operand.name_hint} must be '?' and have that axis alone"
                )


def _check_dynamic_extents(
    body: Operation,
    axes: Sequence[str],
    most: Mapping[str, int],
    accesses: Sequence[tuple[SSAValue, AffineMap]],
) -> None:
    """Check that at most one other extent is `?` and that the statement bounds it."""
    unknown = [
        operand
        for operand, map in accesses
        for size, expr in zip(statement.shape_of(operand), map.results, strict=True)
        if size == DYNAMIC_INDEX
        and not (isinstance(expr, AffineDimExpr) and axes[expr.position] in most)
    ]
    if not unknown:
        return
    name = f"%{unknown[0].name_hint}"
    if len(unknown) > 1:
        fail(f"one extent may be '?' that 'extents' does not give, got {len(unknown)}")
    if not statement.is_guarded(body):
        fail(f"operand {name} has an extent '?', so the statement must be 'guarded'")
    if DYNAMIC_INDEX in statement.extents_of(body):
        fail(f"no other operand bounds the extent '?' of operand {name}")


def _check_c_form(op: InstructionOp, template: str) -> None:
    """Check the placeholders of the C form, and that its registers have C types."""
    operands = dict(zip(op.operand_names, op.operand_memrefs, strict=True))
    parameters = op.parameters
    for field in _placeholders(template):
        parsed = _PLACEHOLDER.fullmatch(field)
        if parsed is None:
            fail(
                f"the C form has the placeholder {{{field}}}; known are {{name}}, "
                "{name.size0} and {name.stride0}"
            )
        if parsed["operand"] in parameters and parsed["property"] is None:
            continue
        if parsed["operand"] not in operands:
            hint = did_you_mean(parsed["operand"], [*operands, *parameters])
            end = f"; {hint}" if hint else ""
            fail(f"the C form names {{{field}}}, but there is no such operand{end}")
        _check_property(op, field, operands[parsed["operand"]], parsed["property"], parsed["dim"])
    for name, type in operands.items():
        memory = _memory(op, statement.memory_name(type) or "", f" of operand %{name}")
        if memory.kind is not MemoryKind.REGISTER or memory.c_numbered is not None:
            continue
        if memory.c_type(type.element_type) is None:
            fail(
                f"@{memory.symbol} has no entry for {type.element_type} in 'c.types', "
                f"which the C form of operand %{name} needs"
            )


def _placeholders(template: str) -> list[str]:
    """What stands between braces in a C form."""
    fields: list[str] = []
    try:
        for _, field, specification, conversion in Formatter().parse(template):
            if field is not None:
                rest = (f"!{conversion}" if conversion else "") + (
                    f":{specification}" if specification else ""
                )
                fields.append(field + rest)
    except ValueError as error:
        fail(f"the C form is malformed: {error}; literal braces are written '{{{{' and '}}}}'")
    return fields


def _check_property(
    op: InstructionOp, field: str, type: MemRefType[Attribute], kind: str | None, dim: str | None
) -> None:
    """Check a placeholder for an extent or a stride."""
    if kind is None or dim is None:
        return
    rank = len(type.get_shape())
    if int(dim) >= rank:
        fail(f"the C form has {{{field}}}, but the operand has rank {rank}")
    memory = _memory(op, statement.memory_name(type) or "", "")
    if kind == "stride" and memory.kind is MemoryKind.REGISTER:
        fail(f"the C form has {{{field}}}, but a register has no strides")


def _memory(op: Operation, name: str, what: str) -> MemoryOp:
    """The memory of that name in the target around an operation."""
    memories = parts_around(op, MemoryOp)
    if name not in memories:
        unknown(f"memory @{name}{what}", name, list(memories))
    return memories[name]
