"""`plan-space`: say how many plans there are for every statement, and show some.

Takes statements on memrefs with `plan.mappings`; changes nothing.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ArrayAttr, ModuleOp
from xdsl.passes import ModulePass

from ..dialects.errors import location_of
from ..dialects.machines import find_target
from ..dialects.plan import MAPPINGS, MappingAttr
from ..mapping.explain import statement_text
from ..mapping.statement import Statement, statement_of
from ..planning.space.plan_space import PlanSpace
from ..planning.space.walk import Point
from .epilogues import EPILOGUE
from .plan_schedule import surroundings_of, threads_of


@dataclass(frozen=True)
class PlanSpacePass(ModulePass):
    """Print to stderr how many plans there are for every statement, what is left out and why, and a sample.

    `target` names the machine, `threads` is as for `plan-schedule`, `sample` says how many random plans are shown
    beside the default one, `seed` which. The module stays as it is.

    ```mlir
    isa.import @scalar from "scalar"
    %a, %b = "test.op"() : () -> (memref<64xf32>, memref<64xf32>)
    linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
        ins(%a : memref<64xf32>) outs(%b : memref<64xf32>) attrs = {kernel.axes = ["n"],
          plan.mappings = [#plan.mapping<@scalar::@expression, inputs = [0], axes = []>]} {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
    ```
    """

    name = "plan-space"

    target: str = "host"
    threads: int = 1
    sample: int = 3
    seed: int = 0

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Say something of every statement that has mappings and needs a plan of its own."""
        machine = find_target(self.target, op, ctx)
        for statement in op.walk():
            if isinstance(statement, linalg.ops.GenericOp) and MAPPINGS in statement.attributes:
                kernel = statement_of(statement)
                if EPILOGUE in statement.attributes:
                    self._print(statement, kernel, ["follows the statement before it in registers"])
                    continue
                mappings = cast(ArrayAttr[MappingAttr], statement.attributes[MAPPINGS]).data
                around = surroundings_of(statement, kernel)
                threads = threads_of(statement, self.threads)
                space = PlanSpace(kernel, mappings, machine, threads, around)
                self._print(statement, kernel, self._lines(space))

    def _print(self, op: linalg.ops.GenericOp, kernel: Statement, lines: list[str]) -> None:
        place = location_of(op)
        where = f"{place.filename.data}:{place.line.data}:{place.column.data}: " if place else ""
        extents = ", ".join(f"{axis.name}={axis.extent}" for axis in kernel.axes)
        print(f"{where}remark: {statement_text(kernel)} for {extents}", file=sys.stderr)
        for line in lines:
            print(f"  {line}", file=sys.stderr)

    def _lines(self, space: PlanSpace) -> list[str]:
        """What there is to say of a space."""
        survey = space.survey()
        about = "" if survey.is_exact else "about "
        lines = [f"{about}{survey.size:,.0f} plans"]
        seen = "" if survey.is_exact else " seen"
        for one in survey.refused.values():
            lines.append(f"left out: {one.reason} ({one.count}{seen}, such as {one.example})")
        lines.append(f"default: {_plan_text(space, space.default)}")
        sample = space.sample(self.sample, self.seed) if self.sample > 0 else []
        return lines + [f"sample: {_plan_text(space, point)}" for point in sample]


def _plan_text(space: PlanSpace, point: Point) -> str:
    """A plan in words: the instruction, the choices, and the estimate."""
    instruction = space.schedule(point).mapping.instruction
    estimate = space.estimate(point)
    return f"{instruction}, {point} [{estimate.cycles:.4g} cycles, {estimate.reason}]"
