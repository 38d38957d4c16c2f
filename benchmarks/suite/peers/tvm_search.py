"""MetaSchedule on one function: search once, keep the records, compile the best schedule."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from isa_mapper.dialects.cache import cache_directory

from ..peer import Array, Unsupported

TRIALS, AT_ONCE = 64, 16
"""How many schedules are measured for a case, and how many before the cost model learns again."""

REORDERS = "meta_schedule.layout_rewrite_preproc"
"""How a schedule marks the block that copies a weight into the layout that it asks for."""


def tuned(
    tensors: Sequence[Any], weights: Sequence[int], arrays: Sequence[Array], threads: int
) -> tuple[Callable[[], object], dict[str, object]]:
    """Return a call of the best schedule that is found, and how long the search took.

    Args:
        tensors: The inputs and the result as tensor expressions.
        weights: Which inputs may be reordered ahead.
        arrays: The inputs and the result as arrays.
        threads: How many the schedule is for.

    Raises:
        Unsupported: No schedule that was tried works.
    """
    import tvm
    from tvm import te
    from tvm.s_tir.transform import RemoveWeightLayoutRewriteBlock

    cpu = tvm.get_global_func("target.llvm_get_system_cpu")()
    target = tvm.target.Target({"kind": "llvm", "mcpu": cpu, "num-cores": threads})
    function = te.create_prim_func(list(tensors)).with_attr("layout_free_buffers", list(weights))
    begin = perf_counter()
    schedule = _searched(tvm.IRModule({"main": function}), target)
    seconds = perf_counter() - begin
    operands = [_tensor(array) for array in arrays]
    for index, block in _reordered(schedule):
        operands[index] = _packed(block, operands[index], target)
    compiled = tvm.compile(RemoveWeightLayoutRewriteBlock(True)(schedule.mod), target=target)
    run = compiled["main"]

    def call(kept: object = arrays) -> None:
        """Run the kernel, which has only the addresses of what is `kept`."""
        run(*operands)

    return call, {"search_seconds": round(seconds, 1)}


def _searched(module: Any, target: Any) -> Any:
    """Return the best schedule of a module, from the cache or from a search."""
    import tvm
    from tvm.s_tir.meta_schedule.database import JSONDatabase

    text = "\n".join([tvm.__version__, str(TRIALS), str(target), module.script()])
    folder = cache_directory() / "tvm" / sha256(text.encode()).hexdigest()
    if not folder.exists():
        _search(module, target, folder)
    records = JSONDatabase(work_dir=str(folder), allow_missing=False)
    schedule = records.query_schedule(module, target, "main")
    if schedule is None:
        raise Unsupported(f"none of {TRIALS} schedules works")
    return schedule


def _search(module: Any, target: Any, folder: Path) -> None:
    """Measure schedules and keep the records, all at once when the search is over."""
    from tvm.s_tir.meta_schedule.tir_integration import tune_tir

    logging.getLogger("tvm.s_tir.meta_schedule").setLevel(logging.WARNING)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as scratch:
        tune_tir(
            module,
            target,
            f"{scratch}/records",
            TRIALS,
            num_trials_per_iter=AT_ONCE,
            num_tuning_cores=len(os.sched_getaffinity(0)),
            seed=0,
        )
        os.rename(f"{scratch}/records", folder)


def _reordered(schedule: Any) -> list[tuple[int, Any]]:
    """Return the weights that a schedule reorders: their place among the parameters, the block."""
    parameters = list(schedule.mod["main"].params)
    children = schedule.get_child_blocks(schedule.get_sblock("root"))
    blocks = [block for child in children if REORDERS in (block := schedule.get(child)).annotations]
    sources = [block.reads[0].source for block in blocks]
    places = [
        [parameter.same_as(source) for parameter in parameters].index(True) for source in sources
    ]
    return list(zip(places, blocks, strict=True))


def _packed(block: Any, weights: Any, target: Any) -> Any:
    """Return weights as a block of a schedule reorders them."""
    import tvm
    from tvm import te, tirx

    order = tirx.IndexMap([axis.var for axis in block.iter_vars], list(block.body.indices), None)
    back = order.inverse(weights.shape)
    given = te.placeholder(weights.shape, weights.dtype)
    target_shape = order.map_shape(weights.shape)
    packed = te.compute(target_shape, lambda *at: given(*back.map_indices(list(at))))
    result = tvm.runtime.empty([int(size) for size in target_shape], weights.dtype)
    tvm.compile(te.create_prim_func([given, packed]), target=target)(weights, result)
    return result


def _tensor(array: Array) -> Any:
    """Return an array as TVM takes it, in place where NumPy can export its type."""
    import tvm

    if array.dtype.name == "bfloat16":
        return tvm.runtime.tensor(array)
    return tvm.runtime.from_dlpack(array)
