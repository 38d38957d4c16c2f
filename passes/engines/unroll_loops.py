"""`unroll-loops`: what loops are left for engines becomes straight-line code.

Every invocation stands once per iteration, on windows without loop variables. A buffer that is
allocated in a loop is allocated once, at the top: all iterations use the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import IntegerAttr, ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.passes import ModulePass

from ...dialects.errors import UserError
from ...dialects.isa import InvokeOp, IssueOp, SetOp, TargetOp, ViewOp
from .engine_programs import RESHAPES, engine_functions
from .straight_views import StraightViews


@dataclass(frozen=True)
class UnrollLoopsPass(ModulePass):
    """Unroll all loops of functions for machines with engines; `limit` bounds the instructions.

    Functions for machines without engines stay as they are.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<64x16xi8, @dram>) {
      %first = arith.constant 0 : index
      %last = arith.constant 4 : index
      %one = arith.constant 1 : index
      scf.for %i = %first to %last step %one {
        %s = memref.alloc() : memref<16x16xi8, @spad>
        %from = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + 16 * s0, d1)>}
          : memref<64x16xi8, @dram> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
        isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>,
          memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
      }
      func.return
    }
    ```
    """

    name = "unroll-loops"

    limit: int = 1_000_000

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Unroll the functions one by one."""
        for function, target in engine_functions(op):
            _check_size(function, self.limit)
            unroller = _Unroller(target)
            old = function.body.block
            unroller.run(old)
            _replace_body(function, [*unroller.buffers, *unroller.ops])


@dataclass
class _Unroller:
    """Writes the straight-line form of a block.

    Attributes:
        target: The machine.
        buffers: The buffers, each once. ops: All that follows.
        numbers: What loop variables and constants are at this point.
        views: The windows that have been made.
    """

    target: TargetOp
    buffers: list[Operation] = field(default_factory=list[Operation])
    ops: list[Operation] = field(default_factory=list[Operation])
    numbers: dict[SSAValue, int] = field(default_factory=dict[SSAValue, int])
    views: StraightViews = field(default_factory=StraightViews)

    def run(self, block: Block) -> None:
        """Write what a block does, with the present numbers."""
        for op in block.ops:
            match op:
                case InvokeOp():
                    self._invoke(op)
                case scf.ForOp():
                    self._loop(op)
                case memref.AllocOp() | memref.GetGlobalOp():
                    self._buffer(op)
                case arith.ConstantOp() if isinstance(op.value, IntegerAttr):
                    self.numbers[op.result] = op.value.value.data
                case func.ReturnOp() | SetOp() | IssueOp():
                    self._keep(op)
                case ViewOp() | scf.YieldOp() | memref.DeallocOp() | arith.ConstantOp():
                    pass  # views are made where they are used
                case _ if isinstance(op, RESHAPES):
                    self._buffer(op)
                case _:
                    raise UserError(
                        f"the engines of @{self.target.symbol} cannot execute '{op.name}'", op
                    )

    def _loop(self, loop: scf.ForOp) -> None:
        first, last, step = _bounds(loop, self.numbers)
        block = loop.body.block
        for number in range(first, last, step):
            self.numbers[block.args[0]] = number
            self.run(block)

    def _invoke(self, op: InvokeOp) -> None:
        arguments = [self.views.get(value, self.numbers, self.ops) for value in op.arguments]
        new = InvokeOp.create(
            operands=arguments, properties=op.properties, attributes=op.attributes
        )
        new.location = op.location
        self.ops.append(new)

    def _keep(self, op: Operation) -> None:
        new = op.clone({value: self.views.buffers.get(value, value) for value in op.operands})
        self.ops.append(new)

    def _buffer(self, op: Operation) -> None:
        if op.results[0] not in self.views.buffers:
            new = op.clone(dict(self.views.buffers))
            self.views.buffers[op.results[0]] = new.results[0]
            self.buffers.append(new)


def _replace_body(function: func.FuncOp, ops: list[Operation]) -> None:
    """Give a function other operations on the same arguments."""
    block = function.body.block
    for op in reversed(list(block.ops)):
        op.detach()
        op.drop_all_references()
    block.add_ops(ops)


def _check_size(function: func.FuncOp, limit: int) -> None:
    """Check that there will not be too many instructions.

    Raises:
        UserError: There would be; it names the loops that make the most.
    """
    count, loops = _size(function.body.block, {})
    if count > limit:
        nest = " of ".join(f"{loop.body.block.args[0].name_hint or 'loop'}" for loop in loops)
        raise UserError(
            f"without loops @{function.sym_name.data} has {count} instructions, "
            f"at most {limit} are allowed; most are in {nest}",
            loops[0] if loops else function,
            "compile a smaller part of the kernel, fewer steps or a smaller batch; larger tiles (--plan) make "
            "fewer instructions, and so do hardware loops of the machine",
        )


def _size(block: Block, numbers: dict[SSAValue, int]) -> tuple[int, list[scf.ForOp]]:
    """How many instructions a block becomes, and the loops, outer to inner, around the most of them."""
    total, most, loops = 0, 0, list[scf.ForOp]()
    for op in block.ops:
        if isinstance(op, arith.ConstantOp) and isinstance(op.value, IntegerAttr):
            numbers[op.result] = op.value.value.data
        if isinstance(op, scf.ForOp):
            inner, around = _size(op.body.block, numbers)
            inner *= len(range(*_bounds(op, numbers)))
            if inner > most:
                most, loops = inner, [op, *around]
            total += inner
        total += isinstance(op, InvokeOp | SetOp | IssueOp)
    return total, loops


def _bounds(loop: scf.ForOp, numbers: dict[SSAValue, int]) -> tuple[int, int, int]:
    """First value, end and step of a loop.

    Raises:
        UserError: They are not constant, or the loop carries values.
    """
    found = [numbers.get(value) for value in (loop.lb, loop.ub, loop.step)]
    first, last, step = found
    if first is None or last is None or step is None or loop.iter_args:
        raise UserError("a loop for engines must have constant bounds and carry no values", loop)
    return first, last, step
