"""`fuse-elementwise`: compute element by element at once what several statements compute in turn.

Takes statements on tensors; gives the same function with fewer statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block
from xdsl.passes import ModulePass

from ..dialects.isa import TargetOp
from ..mapping.expression import Operand, reads_coordinates, with_operands
from ..mapping.statement import ASSIGN, Access, Statement
from ..mapping.transform.inline import read_through
from ..mapping.transform.program import Compute, Program
from .programs import BlockProgram


@dataclass(frozen=True)
class FuseElementwisePass(ModulePass):
    """Compute element by element at once what several statements compute in turn.

    A statement without a reduction whose result is only read by one other of that kind, once per
    element, becomes part of that one. So no result in between is stored:

    ```mlir
    func.func @f(%a: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<64xf32> {
      %e = tensor.empty() : tensor<64xf32>
      %s = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
          affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
          ins(%a, %b : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
      ^bb0(%x: f32, %y: f32, %old: f32):
        %0 = arith.addf %x, %y : f32
        linalg.yield %0 : f32
      } -> tensor<64xf32>
      %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
          iterator_types = ["parallel"]} ins(%s : tensor<64xf32>) outs(%e : tensor<64xf32>) {
      ^bb0(%x: f32, %old: f32):
        %0 = arith.mulf %x, %x : f32
        linalg.yield %0 : f32
      } -> tensor<64xf32>
      func.return %r : tensor<64xf32>
    }
    ```
    """

    name = "fuse-elementwise"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fuse in every block of statements on tensors."""
        for block in list(_blocks(op)):
            before = BlockProgram(block)
            program = before.program
            while (following := _fused(program)) is not None:
                program = following
            if program is not before.program:
                before.write(program, partial(_chain, before))


def _chain(before: BlockProgram, step: Compute) -> list[str]:
    """The rules that made a fused statement: those of the one that it takes the place of."""
    return [*before.chain(step.name), FuseElementwisePass.name]


def _blocks(module: ModuleOp) -> Iterator[Block]:
    """The blocks of programs that have statements on tensors."""
    found: dict[Block, None] = {}
    for top in module.body.ops:
        for op in () if isinstance(top, TargetOp) else top.walk():
            if isinstance(op, linalg.ops.GenericOp) and op.results and op.parent is not None:
                found[op.parent] = None
    yield from found


def _fused(program: Program) -> Program | None:
    """The program with one statement less, or None if no two fit."""
    for at, step in program.computes():
        for access in step.statement.inputs:
            made = program.producer(access.name)
            if made is not None and made is not step and _fits(program, made, step):
                statement = _without_repeats(read_through(step.statement, made.statement))
                return program.replaced(at, [replace(step, statement=statement)])
    return None


def _fits(program: Program, made: Compute, step: Compute) -> bool:
    """Whether a statement may become part of another that reads its result."""
    if step.start == made.name or len(program.readers(made.name)) != 1:
        return False
    if not _is_elementwise(made.statement) or made.start is not None:
        return False
    if made.statement.combine != ASSIGN or not _is_elementwise(step.statement):
        return False
    reads = [access for access in step.statement.inputs if access.name == made.name]
    return all(_reads_once(step.statement, access) for access in reads)


def _is_elementwise(statement: Statement) -> bool:
    """Whether every point of a statement makes one element of its own, whatever its coordinates."""
    axes = statement.output.own_axes
    if statement.guarded or axes is None or reads_coordinates(statement.body):
        return False
    moving = {i for i, axis in enumerate(statement.axes) if axis.extent > 1}
    return moving <= set(axes)


def _reads_once(statement: Statement, access: Access) -> bool:
    """Whether every point of a statement reads an element of its own."""
    read = access.own_axes
    moving = {i for i, axis in enumerate(statement.axes) if axis.extent > 1}
    return read is not None and moving <= set(read)


def _without_repeats(statement: Statement) -> Statement:
    """The statement that has every input once."""
    inputs = tuple(dict.fromkeys(statement.inputs))
    places = [inputs.index(access) for access in statement.inputs]

    body = with_operands(statement.body, lambda index: Operand(places[index]))
    return replace(statement, inputs=inputs, body=body)
