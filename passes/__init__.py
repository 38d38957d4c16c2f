"""The passes, one per file, in pipeline order.

`PASSES` names them. An entry is `name: "module:Class"`, the module relative to this package and
named like the pass (`map-instructions` lives in `map_instructions.py`; what only programs for
engines need, in `engines/`); it is imported when the pass is first used. The first line of the
class's docstring is the pass's description in `isa-opt --list-passes`, and the docstring shows an
MLIR example in a fenced `mlir` block.

To add a pass: write its file, add its line here where the pipeline runs it, write one lit test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dialects.tables import resolve

if TYPE_CHECKING:
    from xdsl.passes import ModulePass

PASSES: dict[str, str] = {
    "lower-kernel": ".lower_kernel:LowerKernelPass",
    "normalize-statements": ".normalize_statements:NormalizeStatementsPass",
    "transform-statements": ".transform_statements:TransformStatementsPass",
    "fold-constants": ".fold_constants:FoldConstantsPass",
    "fuse-elementwise": ".fuse_elementwise:FuseElementwisePass",
    "expand-math": ".expand_math:ExpandMathPass",
    "bufferize": ".bufferize:BufferizePass",
    "fold-padding": ".fold_padding:FoldPaddingPass",
    "split-remainders": ".split_remainders:SplitRemaindersPass",
    "split-reductions": ".split_reductions:SplitReductionsPass",
    "fuse-epilogues": ".fuse_epilogues:FuseEpiloguesPass",
    "fuse-loops": ".fuse_loops:FuseLoopsPass",
    "pack-arguments": ".pack_arguments:PackArgumentsPass",
    "map-instructions": ".map_instructions:MapInstructionsPass",
    "plan-space": ".plan_space:PlanSpacePass",
    "plan-schedule": ".plan_schedule:PlanSchedulePass",
    "fuse-axes": ".fuse_axes:FuseAxesPass",
    "align-statements": ".align_statements:AlignStatementsPass",
    "tile-statements": ".tile_statements:TileStatementsPass",
    "place-operands": ".place_operands:PlaceOperandsPass",
    "apply-schedule": ".apply_schedule:ApplySchedulePass",
    "hoist-packing": ".hoist_packing:HoistPackingPass",
    "split-packing": ".split_packing:SplitPackingPass",
    "invoke-instructions": ".invoke_instructions:InvokeInstructionsPass",
    "lower-moves": ".lower_moves:LowerMovesPass",
    "insert-prefetches": ".insert_prefetches:InsertPrefetchesPass",
    "stream-results": ".stream_results:StreamResultsPass",
    "double-buffer": ".engines.double_buffer:DoubleBufferPass",
    "collapse-loops": ".engines.collapse_loops:CollapseLoopsPass",
    "allocate-addresses": ".engines.allocate_addresses:AllocateAddressesPass",
    "unroll-loops": ".engines.unroll_loops:UnrollLoopsPass",
    "fold-fills": ".engines.fold_fills:FoldFillsPass",
    "interleave-engines": ".engines.interleave_engines:InterleaveEnginesPass",
    "configure": ".engines.configure:ConfigurePass",
    "synchronise": ".engines.synchronise:SynchronisePass",
    "compile": ".compile:CompilePass",
}


def pass_class(name: str) -> type[ModulePass]:
    """Import the pass of that name."""
    return resolve(PASSES[name], __name__)
