"""`compile`: the whole way from kernels to the machine level, as one pass."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..dialects.source import verify_module
from . import PASSES, pass_class

ASIDE = ("plan-space", "tile-statements", "place-operands", "compile")
"""The passes that are not on the way: one reports, two are parts of `apply-schedule`."""

CHECKPOINTS = ("normalize-statements", "bufferize", "plan-schedule", "synchronise")
"""The passes after which the module is verified in any case: it is on another level then.

The module comes verified, and what goes wrong in between shows at the next of these; the last one
checks the program that is written out.
"""

VERIFY = "ISA_MAPPER_VERIFY"
"""Name of the environment variable that turns the option `verify` on wherever it is set."""


@dataclass(frozen=True)
class CompilePass(ModulePass):
    """Take kernels all the way to the machine level: every other pass, in pipeline order.

    `target` names the machine; `threads`, `plan` and `records` are options of `plan-schedule`, `explain` is
    one of `transform-statements` and `map-instructions`. The module is verified whenever it enters
    another level, with `verify` after every pass.

    ```mlir
    func.func @gemm(%a: tensor<17x5xf32>, %b: tensor<5x40xf32>) -> tensor<17x40xf32> {
      %c = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<17x5xf32>, tensor<5x40xf32>) -> tensor<17x40xf32>
      func.return %c : tensor<17x40xf32>
    }
    ```
    """

    name = "compile"

    target: str = "host"
    threads: int = 1
    plan: str | None = None
    records: str | None = None
    explain: bool = False
    verify: bool = False

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Run the passes."""
        for stage in self.stages():
            self.run_stage(stage, ctx, op)

    def run_stage(self, stage: ModulePass, ctx: Context, op: ModuleOp) -> None:
        """Run one of the passes, and verify what it made if that is due."""
        stage.apply(ctx, op)
        if self.verify or stage.name in CHECKPOINTS or os.environ.get(VERIFY):
            verify_module(op)

    def stages(self) -> list[ModulePass]:
        """The passes in order, each with those of our options that it has too."""
        return [self.stage(pass_class(name)) for name in PASSES if name not in ASIDE]

    def stage(self, kind: type[ModulePass]) -> ModulePass:
        """One of the passes."""
        theirs = {field.name for field in fields(kind)}
        ours = {field.name: getattr(self, field.name) for field in fields(self)}
        return kind(**{name: value for name, value in ours.items() if name in theirs})
