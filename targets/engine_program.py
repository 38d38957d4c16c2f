"""From straight-line code for engines to a program in binary: words, buffers, and what ties them together."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import lcm, prod

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, StringAttr
from xdsl.ir import BlockArgument, Operation, SSAValue

from ..binary.digest import digest_of
from ..binary.encode import encode
from ..binary.instance import Instance
from ..binary.program import Buffer, Dimension, Program, Relocation, Role
from ..binary.records import load_records
from ..dialects.errors import UserError, did_you_mean
from ..dialects.isa import InvokeOp, IssueOp, SetOp, TargetOp
from ..dialects.shapes import element_type_of, shape_of
from ..passes.engines.engine_programs import PURE, engine_functions, instruction_of
from ..passes.engines.instances import Instances
from ..passes.globals import constant_of_global
from ..passes.window import static_strides
from .argument_layout import given_layout

SOURCE = "isa.source"
"""The attribute of a module that holds a hash of what it was compiled from, in hexadecimal."""

RECORDS = "records"
"""The name of the buffer of records."""


def program_of(module: ModuleOp, entry: str | None = None) -> Program:
    """The program that a function of a module is.

    Args:
        module: Straight-line code for a machine with engines, as `synchronise` leaves it.
        entry: The name of the function; None for the only one.

    Raises:
        UserError: There is no such function, or something in it has no binary form.
    """
    function, target = _function(module, entry)
    instances, buffers = listing_of(function, target)
    loads = load_records(instances, target, RECORDS)
    encoded = encode([*loads, *instances], target)
    if encoded.records:
        buffers = (*buffers, _records(encoded.records))
    buffers = tuple(_aligned(buffer, encoded.relocations) for buffer in buffers)
    return Program(
        target.symbol,
        digest_of(target),
        function.sym_name.data,
        encoded.code,
        buffers,
        encoded.relocations,
        encoded.locations,
        _source(module),
    )


def _aligned(buffer: Buffer, relocations: tuple[Relocation, ...]) -> Buffer:
    """A buffer with an address that all words can say: a multiple of their units."""
    units = {relocation.unit for relocation in relocations if relocation.symbol == buffer.name}
    return replace(buffer, alignment=lcm(buffer.alignment, *units))


def _source(module: ModuleOp) -> str:
    """The hash of what the module was compiled from, if it says so."""
    found = module.attributes.get(SOURCE)
    return found.data if isinstance(found, StringAttr) else ""


def listing_of(
    function: func.FuncOp, target: TargetOp
) -> tuple[list[Instance], tuple[Buffer, ...]]:
    """The instances of a function in order, and the buffers that it uses in the memory of arguments.

    Raises:
        UserError: It is no straight-line code, or a buffer has no address.
    """
    made = Instances(function, target)
    instances: list[Instance] = []
    written: set[str | None] = set()
    for op in function.body.block.ops:
        if isinstance(op, InvokeOp | SetOp | IssueOp):
            instances.append(made.of(op))
            if isinstance(op, InvokeOp):
                output = instruction_of(op, target).output_index
                written.add(instances[-1].places[output].symbol)
        elif not isinstance(op, (*PURE, memref.AllocOp, func.ReturnOp)):
            raise UserError(
                f"'{op.name}' has no binary form",
                op,
                "run the pipeline first: -p compile{target=..}",
            )
    return instances, _buffers(made.names, written)


def _function(module: ModuleOp, entry: str | None) -> tuple[func.FuncOp, TargetOp]:
    """The function to write."""
    found = {
        function.sym_name.data: (function, target) for function, target in engine_functions(module)
    }
    if entry is not None and entry not in found:
        hint = did_you_mean(entry, found)
        raise UserError(f"there is no function '{entry}' for a machine with engines", module, hint)
    if entry is None and len(found) != 1:
        names = ", ".join(found) or "none"
        raise UserError(
            f"a binary is made of one function for a machine with engines, there are {len(found)}: {names}",
            module,
        )
    return found[entry] if entry is not None else next(iter(found.values()))


def _buffers(names: dict[SSAValue, str], written: set[str | None]) -> tuple[Buffer, ...]:
    """What a function uses in the memory of arguments, each once."""
    found: dict[str, Buffer] = {}
    for value, name in names.items():
        found.setdefault(name, _buffer(value, name, name in written))
    return tuple(found.values())


def _buffer(value: SSAValue, name: str, is_written: bool) -> Buffer:
    """One buffer."""
    element, shape = str(element_type_of(value)), shape_of(value)
    if isinstance(value, BlockArgument):
        role = Role.OUTPUT if is_written else Role.INPUT
        shape, layout = given_layout(value) or (shape, _layout(value))
        return Buffer(name, role, element, shape, layout)
    constant = constant_of_global(value)
    if constant is None:
        return Buffer(name, Role.SCRATCH, element, shape, _layout(value))
    content = constant.initial_value
    if not isinstance(content, DenseIntOrFPElementsAttr):
        raise UserError("a constant needs a value", constant)
    data = content.data.data * (prod(shape) if len(content) == 1 else 1)
    return Buffer(name, Role.CONSTANT, element, shape, _layout(value), data)


def _layout(value: SSAValue) -> tuple[Dimension, ...]:
    """How a buffer lies in memory: row by row, or as its strides say.

    Raises:
        UserError: Its elements cannot be numbered that way.
    """
    shape = shape_of(value)
    strides = static_strides(value.type)  # pyright: ignore[reportArgumentType]
    order = sorted(range(len(shape)), key=lambda dim: -strides[dim])
    extents = [shape[dim] for dim in order]
    for place, (outer, inner) in enumerate(pairwise(order), 1):
        extents[place], rest = divmod(strides[outer], strides[inner] or 1)
        if rest or extents[place] < shape[inner]:
            raise _no_layout(value)
    if order and strides[order[-1]] != 1:
        raise _no_layout(value)
    return tuple(Dimension(dim, extent) for dim, extent in zip(order, extents, strict=True))


def _no_layout(value: SSAValue) -> UserError:
    """The error for strides that are no layout."""
    owner = value.owner
    op = owner if isinstance(owner, Operation) else owner.parent_op()
    return UserError(f"{value.type} does not lie in memory without gaps between rows", op)


def _records(data: bytes) -> Buffer:
    """The buffer of records."""
    return Buffer(RECORDS, Role.RECORDS, "i8", (len(data),), (Dimension(0, len(data)),), data)
