"""`compile`: the whole way from kernels to the machine level, as one pass."""

from __future__ import annotations

import os
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

from ..dialects.source import verify_module

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
        """The passes with their options, in order."""
        from .align_statements import AlignStatementsPass
        from .allocate_addresses import AllocateAddressesPass
        from .apply_schedule import ApplySchedulePass
        from .bufferize import BufferizePass
        from .collapse_loops import CollapseLoopsPass
        from .configure import ConfigurePass
        from .double_buffer import DoubleBufferPass
        from .expand_math import ExpandMathPass
        from .fold_constants import FoldConstantsPass
        from .fold_fills import FoldFillsPass
        from .fold_padding import FoldPaddingPass
        from .fuse_axes import FuseAxesPass
        from .fuse_elementwise import FuseElementwisePass
        from .fuse_epilogues import FuseEpiloguesPass
        from .hoist_packing import HoistPackingPass
        from .interleave_engines import InterleaveEnginesPass
        from .invoke_instructions import InvokeInstructionsPass
        from .lower_kernel import LowerKernelPass
        from .lower_moves import LowerMovesPass
        from .map_instructions import MapInstructionsPass
        from .normalize_statements import NormalizeStatementsPass
        from .pack_arguments import PackArgumentsPass
        from .plan_schedule import PlanSchedulePass
        from .split_packing import SplitPackingPass
        from .split_reductions import SplitReductionsPass
        from .synchronise import SynchronisePass
        from .transform_statements import TransformStatementsPass
        from .unroll_loops import UnrollLoopsPass

        return [
            LowerKernelPass(),
            NormalizeStatementsPass(),
            TransformStatementsPass(target=self.target, explain=self.explain),
            FoldConstantsPass(),
            FuseElementwisePass(),
            ExpandMathPass(target=self.target),
            BufferizePass(),
            FoldPaddingPass(target=self.target),
            SplitReductionsPass(target=self.target),
            FuseEpiloguesPass(),
            PackArgumentsPass(target=self.target),
            MapInstructionsPass(target=self.target, explain=self.explain),
            PlanSchedulePass(
                target=self.target, plan=self.plan, threads=self.threads, records=self.records
            ),
            FuseAxesPass(),
            AlignStatementsPass(),
            ApplySchedulePass(),
            HoistPackingPass(),
            SplitPackingPass(target=self.target),
            InvokeInstructionsPass(),
            LowerMovesPass(target=self.target),
            DoubleBufferPass(),
            CollapseLoopsPass(),
            AllocateAddressesPass(),
            UnrollLoopsPass(),
            FoldFillsPass(),
            InterleaveEnginesPass(),
            ConfigurePass(),
            SynchronisePass(),
        ]
