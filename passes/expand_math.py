"""`expand-math`: compute elementary functions by arithmetic that a machine has vectors for.

Takes statements on tensors; gives the same statements, in some of which exp, exp2, log, tanh, erf and
rsqrt are sums and products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import func, linalg
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Region
from xdsl.passes import ModulePass
from xdsl.rewriter import Rewriter

from ..dialects.machines import import_target
from ..mapping.elementary import SCALINGS, expanded, functions_in
from ..mapping.expression import BodyReader, Expr, reads_coordinates
from ..mapping.statement import statement_of
from .map_instructions import Machine, machine_for
from .scalar_expression import write_expression


@dataclass(frozen=True)
class ExpandMathPass(ModulePass):
    """Compute elementary functions by arithmetic that a machine has vectors for.

    A machine without an instruction for a function evaluates the whole statement element by
    element, by calls of the C library. If its instructions cover the statement once the functions
    are arithmetic (range reduction, a polynomial, a power of two put together from bits or by an
    instruction that scales), they become so; else nothing changes. The functions are those on f32
    and on floats of 16 bits, which are computed in f32. Errors in units of the last place: at most
    2 for exp, exp2, log and rsqrt, 4 for tanh and erf, and what follows from that for a formula
    such as `1 / (1 + exp(-x))`; NaNs, infinities, signed zeros and denormals as `math` defines
    them. `target` names the machine.

    ```mlir
    isa.import @avx512 from "avx512"
    func.func @f(%a: tensor<64xf32>) -> tensor<64xf32> {
      %e = tensor.empty() : tensor<64xf32>
      %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
          iterator_types = ["parallel"]} ins(%a : tensor<64xf32>) outs(%e : tensor<64xf32>) {
      ^bb0(%x: f32, %old: f32):
        %0 = math.exp %x : f32
        linalg.yield %0 : f32
      } -> tensor<64xf32>
      func.return %r : tensor<64xf32>
    }
    ```
    """

    name = "expand-math"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Expand in every statement of every function."""
        machine: Machine | None = None
        for statement in list(_statements(op)):
            body = _body_of(statement)
            if body is None or not functions_in(body):
                continue
            machine = machine or machine_for(import_target(op, self.target, ctx))
            new = _expanded(statement, body, machine)
            if new is not None:
                Rewriter.replace_op(statement, new)


def _statements(module: ModuleOp) -> Iterator[linalg.ops.GenericOp]:
    """The statements of functions."""
    for function in module.body.ops:
        if isinstance(function, func.FuncOp):
            for op in function.walk():
                if isinstance(op, linalg.ops.GenericOp):
                    yield op


def _body_of(op: linalg.ops.GenericOp) -> Expr | None:
    """What a statement yields; None if it is several values, or depends on coordinates."""
    yielded = op.body.block.last_op
    if not isinstance(yielded, linalg.ops.YieldOp) or len(yielded.operands) != 1:
        return None
    body = BodyReader(op.body.block, op).read(yielded.operands[0])
    return None if reads_coordinates(body) else body


def _expanded(
    op: linalg.ops.GenericOp, body: Expr, machine: Machine
) -> linalg.ops.GenericOp | None:
    """The statement with arithmetic for functions, if that is what vectors need to compute it."""
    if not machine.lanewise or _has_vectors(op, machine):
        return None
    for scaled in SCALINGS:
        new = _with_body(op, expanded(body, scaled))
        if _has_vectors(new, machine):
            return new
        new.erase()
    return None


def _has_vectors(op: linalg.ops.GenericOp, machine: Machine) -> bool:
    """Whether instructions of a machine compute a statement."""
    mappings = machine.mappings(statement_of(op), len(op.inputs))
    return any(mapping.groups for mapping in mappings)


def _with_body(op: linalg.ops.GenericOp, body: Expr) -> linalg.ops.GenericOp:
    """The statement that computes something else of the same operands."""
    block = Block(arg_types=[argument.type for argument in op.body.block.args])
    for new, old in zip(block.args, op.body.block.args, strict=True):
        new.name_hint = old.name_hint
    value = write_expression(body, block.args, block.add_op)
    block.add_op(linalg.ops.YieldOp(value))
    results = [result.type for result in op.results]
    maps, kinds = op.indexing_maps, op.iterator_types
    made = linalg.ops.GenericOp(op.inputs, op.outputs, Region(block), maps, kinds, results)
    made.attributes |= op.attributes
    made.location = op.location
    return made
