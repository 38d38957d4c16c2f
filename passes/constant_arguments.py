"""Arguments that the caller promises to be the same at every call, such as weights.

An argument is one by its attribute `kernel.constant`. What is computed from such arguments alone
stays the same as well, so it can be computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TypeAlias

from xdsl.dialects import func, memref
from xdsl.dialects.builtin import ArrayAttr, DictionaryAttr, MemRefType, NoneAttr, UnitAttr
from xdsl.ir import BlockArgument, Operation, SSAValue

from ..dialects.errors import UserError, did_you_mean
from .effects import written_buffers
from .window import base_of

CONSTANT = "kernel.constant"
"""The attribute of an argument that is the same at every call."""


def is_constant_argument(value: SSAValue) -> bool:
    """Whether a value is an argument that is the same at every call."""
    if not isinstance(value, BlockArgument):
        return False
    function = value.owner.parent_op()
    if not isinstance(function, func.FuncOp) or function.arg_attrs is None:
        return False
    return CONSTANT in function.arg_attrs.data[value.index].data


def mark_constant(function: func.FuncOp, names: Sequence[str]) -> None:
    """Say of some arguments that they are the same at every call.

    Raises:
        UserError: There is no argument of such a name.
    """
    known = [value.name_hint or f"arg{value.index}" for value in function.args]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UserError(f"there is no argument '{name}' to be constant", function, hint)
    attributes = function.arg_attrs or ArrayAttr([DictionaryAttr({})] * len(known))
    function.arg_attrs = ArrayAttr(
        DictionaryAttr({**entry.data, CONSTANT: UnitAttr()}) if name in names else entry
        for name, entry in zip(known, attributes.data, strict=True)
    )


ConstantBuffers: TypeAlias = Callable[[func.FuncOp], Set[SSAValue]]
"""`constant_buffers`, or what remembers its results."""


def constants_around(op: Operation, constants: ConstantBuffers) -> Set[SSAValue]:
    """What `constants` says of the function that an operation stands in."""
    around: Operation | None = op
    while around is not None and not isinstance(around, func.FuncOp):
        around = around.parent_op()
    return constants(around) if around is not None else frozenset()


def constant_buffers(function: func.FuncOp) -> Set[SSAValue]:
    """The constant arguments of a function, and the buffers computed from them alone.

    Such a buffer is made at the top of the function. All that writes it reads nothing but such
    buffers, and comes before everything else that reads it. What else reads it finds it in host
    memory: it cannot be handed on in registers.
    """
    block = function.body.block
    arguments = {value for value in block.args if is_constant_argument(value)}
    if not arguments:
        return arguments
    uses = [(written_buffers(op), set(named_buffers(op))) for op in block.ops]
    found = {value for written, _ in uses for value in written if _is_at_top(value)}
    while lost := _not_constant(uses, found, arguments):
        found -= lost
    return found | arguments


def _not_constant(
    uses: Iterable[tuple[Set[SSAValue], Set[SSAValue]]],
    found: Set[SSAValue],
    arguments: Set[SSAValue],
) -> Set[SSAValue]:
    """Those of some buffers that depend on something else than these buffers and the arguments."""
    lost: set[SSAValue] = set()
    read: set[SSAValue] = set()
    for written, named in uses:
        if not named <= found | arguments or written & arguments:
            lost |= written & found
            lost |= {value for value in named & found if not is_in_host_memory(value)}
            read |= named - written
        else:
            lost |= written & read
    return lost


def _is_at_top(value: SSAValue) -> bool:
    """Whether a value is a buffer that is made at the top of a function."""
    op = value.owner
    return isinstance(op, memref.AllocOp) and isinstance(op.parent_op(), func.FuncOp)


def is_in_host_memory(value: SSAValue) -> bool:
    """Whether a value is a buffer in host memory."""
    return isinstance(value.type, MemRefType) and isinstance(value.type.memory_space, NoneAttr)


def named_buffers(op: Operation) -> Iterator[SSAValue]:
    """The buffers from outside of an operation that it names."""
    values = {value: None for inner in op.walk() for value in inner.operands}
    bases = dict.fromkeys(base_of(value) for value in values if isinstance(value.type, MemRefType))
    return (base for base in bases if not op.is_ancestor(base.owner))
