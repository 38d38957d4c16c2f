"""`split-packing`: what is computed from constant arguments alone becomes a function of its own.

Takes functions on memrefs with arguments that are the same at every call (`kernel.constant`); gives a function that
packs them, one that takes them packed, and the function itself, which calls both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, memref
from xdsl.dialects.builtin import FunctionType, ModuleOp, StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.machines import find_target
from .constant_arguments import constant_buffers, named_buffers
from .effects import written_buffers

PACK = "_pack"
"""What the name of a function that packs ends in."""

PACKED = "_packed"
"""What the name of a function that takes packed arguments ends in."""


@dataclass(frozen=True)
class SplitPackingPass(ModulePass):
    """Let the caller pack constant arguments once, and call with the packed ones then.

    `@f` becomes `@f_pack`, which takes the constant arguments and writes packed buffers, and `@f_packed`, which takes
    these and all arguments that it still reads. `@f` itself calls one after the other. `target` names the machine;
    programs for machines with engines stay as they are.

    ```mlir
    func.func @f(%w: memref<96x64xf32> {kernel.constant}, %x: memref<64x96xf32>) {
      %panel = memref.alloc() : memref<64x96xf32>
      %turned = isa.view %w() {map = affine_map<(d0, d1) -> (d1, d0)>}
          : memref<96x64xf32> -> memref<64x96xf32, strided<[1, 64]>>
      isa.move %turned to %panel : memref<64x96xf32, strided<[1, 64]>> to memref<64x96xf32>
      isa.move %panel to %x : memref<64x96xf32> to memref<64x96xf32>
      func.return
    }
    ```
    """

    name = "split-packing"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Split every function that packs constant arguments."""
        functions = [found for found in op.body.ops if isinstance(found, func.FuncOp)]
        for function in [found for found in functions if found.body.blocks]:
            buffers = constant_buffers(function)
            if buffers and not find_target(self.target, op, ctx).engines:
                _split(function, buffers)


def _split(function: func.FuncOp, constants: Set[SSAValue]) -> None:
    """Split a function, if it packs anything."""
    actions = [op for op in function.body.block.ops if not _is_definition(op)]
    packing = {op for op in actions if written_buffers(op) & constants}
    if not packing:
        return
    rest = set(actions) - packing
    read = {value for op in rest for value in named_buffers(op)}
    passed = [
        value  # in the order of the program, which sets of values do not have
        for op in function.body.block.ops
        for value in op.results
        if value in constants and value in read
    ]
    parts = _part(function, PACK, passed, packing), _part(function, PACKED, passed, rest)
    _call_parts(function, passed, parts)


def _is_definition(op: Operation) -> bool:
    """Whether an operation only makes a value: a constant, a buffer, a view."""
    return bool(op.results) and not op.regions


@dataclass(frozen=True)
class _Part:
    """A part of a function: its arguments are these of the function, and then these buffers."""

    op: func.FuncOp
    arguments: tuple[int, ...]
    buffers: tuple[int, ...]


def _part(
    function: func.FuncOp, ending: str, passed: Sequence[SSAValue], kept: Set[Operation]
) -> _Part:
    """Move some operations of a function into a new one, which gets the passed buffers."""
    given, count = (*function.args, *passed), len(function.args)
    ops = _with_definitions(function, kept, passed)
    read = {value for op in ops for inner in op.walk() for value in inner.operands}
    used = [index for index, value in enumerate(given) if value in read]
    block = Block(arg_types=[given[index].type for index in used])
    for index, argument in zip(used, block.args, strict=True):
        name = given[index].name_hint
        argument.name_hint = name if index < count else f"{name or 'arg'}{PACKED}"
    values = dict[SSAValue, SSAValue](zip((given[i] for i in used), block.args, strict=True))
    block.add_ops([_moved(op, values) if op in kept else op.clone(values) for op in ops])
    new = function.clone_without_regions()
    new.sym_name = StringAttr(function.sym_name.data + ending)
    new.sym_visibility = StringAttr("private")
    new.function_type = FunctionType.from_lists(list(block.arg_types), [])
    new.arg_attrs = None
    new.body.add_block(block)
    Rewriter.insert_op(new, InsertPoint.before(function))
    arguments = tuple(index for index in used if index < count)
    return _Part(new, arguments, tuple(index - count for index in used if index >= count))


def _moved(op: Operation, values: Mapping[SSAValue, SSAValue]) -> Operation:
    """An operation, taken from where it stands, on other values."""
    op.detach()
    for inner in op.walk():
        for index, value in enumerate(inner.operands):
            if value in values:
                inner.operands[index] = values[value]
    return op


def _with_definitions(
    function: func.FuncOp, kept: Set[Operation], passed: Sequence[SSAValue]
) -> list[Operation]:
    """These operations of a function and the definitions of what they name, but for what is passed; and its return."""
    named: set[SSAValue] = set()
    found: list[Operation] = []
    for op in reversed(list(function.body.block.ops)):
        needed = not named.isdisjoint(op.results) if _is_definition(op) else op in kept
        if needed or isinstance(op, func.ReturnOp):
            found.append(op)
            named |= {value for inner in op.walk() for value in inner.operands}.difference(passed)
    return found[::-1]


def _call_parts(function: func.FuncOp, passed: Sequence[SSAValue], parts: Sequence[_Part]) -> None:
    """Let the function itself call its parts."""
    block = Block(arg_types=[argument.type for argument in function.args])
    for new, argument in zip(block.args, function.args, strict=True):
        new.name_hint = argument.name_hint
    buffers: list[SSAValue] = []
    for value in passed:
        buffer = memref.AllocOp([], [], value.type)
        buffer.memref.name_hint = value.name_hint
        block.add_op(buffer)
        buffers.append(buffer.memref)
    for part in parts:
        arguments = [*(block.args[i] for i in part.arguments), *(buffers[i] for i in part.buffers)]
        block.add_op(func.CallOp(part.op.sym_name.data, arguments, []))
    block.add_op(func.ReturnOp())
    for op in block.ops:
        op.location = function.location
    region = Region(block)
    function.detach_region(0)
    function.add_region(region)
