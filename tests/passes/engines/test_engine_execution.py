"""Programs for engines, executed as instructions on the simulator, which finds what is in no order.

The simulator follows waits and signals by itself; with a seed, instructions take any time.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InvokeOp, IssueOp, SetOp, TargetOp
from isa_mapper.passes.engines.engine_programs import engine_functions
from isa_mapper.simulator.accelerator import Options, Simulation
from isa_mapper.simulator.elements import Array
from isa_mapper.targets.engine_program import listing_of

RunPasses = Callable[..., ModuleOp]
Product = Callable[..., str]
Matrices = Callable[[int, int, int], list[Array]]

LOOPS = ("double-buffer", "collapse-loops")
REST = ("allocate-addresses", "unroll-loops", "configure", "synchronise")


def simulate(
    module: ModuleOp, arguments: Mapping[str, Array], seed: int | None = None
) -> dict[str, Array]:
    """Run the function of a module."""
    ((function, target),) = engine_functions(module)
    instances, buffers = listing_of(function, target)
    result = Simulation(target).execute(instances, buffers, arguments, Options(seed=seed))
    return dict(result.outputs)


@pytest.mark.parametrize("loops", [LOOPS, ("double-buffer",), ("collapse-loops",), ()])
@pytest.mark.parametrize(
    ("sizes", "dim"),
    [
        ((96, 48, 80, 32, 16), 16),
        ((64, 32, 96, 16, 32), 16),
        ((12, 8, 20, 4, 4), 4),
        ((24, 16, 24, 8, 8), 8),
    ],
)
def test_product(
    sizes: tuple[int, ...],
    dim: int,
    loops: tuple[str, ...],
    run_passes: RunPasses,
    engine_product: Product,
    engine_matrices: Matrices,
) -> None:
    m, n, k, rows, depth = sizes
    a, b, _ = engine_matrices(m, n, k)
    machine = "npu" if dim == 16 else "other"
    module = run_passes(engine_product(m, n, k, rows, depth, dim, machine), *loops, *REST)
    for seed in (None, 1, 2):
        (c,) = simulate(module, {"a": a, "b": b}, seed).values()
        np.testing.assert_array_equal(c, a.astype(np.int32) @ b.astype(np.int32))


def synchronised(module: ModuleOp) -> list[InvokeOp | SetOp | IssueOp]:
    """What engines execute, in order."""
    return [op for op in module.walk() if isinstance(op, InvokeOp | SetOp | IssueOp)]


def test_every_wait_is_needed(
    run_passes: RunPasses, engine_product: Product, engine_matrices: Matrices
) -> None:
    """Without any one signal and its wait, the simulator finds a race."""
    m, n, k = 32, 32, 48
    a, b, _ = engine_matrices(m, n, k)
    module = run_passes(engine_product(m, n, k, 16, 16), *LOOPS, *REST)
    pairs = signals_with_waits(synchronised(module))
    assert len(pairs) > 20
    for signal, wait in pairs:
        copy = module.clone()
        ops = synchronised(copy)
        source, target = (ops[number] for number in (signal, wait))
        names = engine(ops[wait]), engine(ops[signal])
        without(source, "signals", names[0])
        without(target, "waits", names[1])
        with pytest.raises(UserError):
            simulate(copy, {"a": a, "b": b})


def signals_with_waits(ops: list[InvokeOp | SetOp | IssueOp]) -> list[tuple[int, int]]:
    """The number of each operation that signals and of the one that waits for that."""
    sent: dict[tuple[str, str], list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for number, op in enumerate(ops):
        pairs += [(sent[other, engine(op)].pop(0), number) for other in op.waits]
        for other in op.signals:
            sent.setdefault((engine(op), other), []).append(number)
    assert not any(sent.values()), "a signal is left over"
    return pairs


def engine(op: InvokeOp | SetOp | IssueOp) -> str:
    """The engine of an operation."""
    assert op.engine is not None
    return op.engine


def without(op: InvokeOp | SetOp | IssueOp, label: str, name: str) -> None:
    """Take an engine out of a list of an operation."""
    names = [other for other in getattr(op, label) if other != name]
    op.properties[label] = ArrayAttr([StringAttr(other) for other in names])


def neighbours(rows: int, block: int) -> str:
    """y[i] = x[i - 1] + x[i + 1] for rows of 16 floats, zero beyond the ends, by blocks of rows."""
    tile = f"memref<{block}x16xf32, @acc>"
    view = f"memref<{block}x16xf32, strided<[16, 1], offset: ?>, @dram>"
    whole = f"memref<{rows}x16xf32, @dram>"
    loads = "".join(
        f"""
    %{name} = memref.alloc() : {tile}
    %v{name} = isa.view %x(%i) {{map = affine_map<(d0, d1)[s0] -> (d0 + s0 + {shift}, d1)>,
      guard_map = affine_map<(d0, d1)[s0] -> (d0 + s0 + {shift})>, guard_bounds = array<i64: {rows}>}}
      : {whole} -> {view}
    isa.invoke @npu::@load_f32(%{name}, %v{name}) : {tile}, {view}"""
        for name, shift in (("before", -1), ("behind", 1))
    )
    return f"""
isa.import @npu from "npu"
func.func @neighbours(%x: {whole}, %y: {whole}) {{
  %zero = arith.constant 0 : index
  %rows = arith.constant {rows} : index
  %block = arith.constant {block} : index
  scf.for %i = %zero to %rows step %block {{{loads}
    isa.invoke @npu::@add_f32(%before, %before, %behind) : {tile}, {tile}, {tile}
    %to = isa.view %y(%i) {{map = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>}} : {whole} -> {view}
    isa.invoke @npu::@store_f32(%to, %before) : {view}, {tile}
  }}
  func.return
}}
"""


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(2, 5), st.booleans())
def test_absent_rows(run_passes: RunPasses, blocks: int, block: int, overlap: bool) -> None:
    """The first and last rows read what is not there; values are adversarial."""
    rows = blocks * block
    x = np.random.default_rng(rows).normal(size=(rows, 16)).astype(np.float32)
    x[0, :4] = [np.inf, -np.inf, np.nan, -0.0]
    module = run_passes(neighbours(rows, block), *(LOOPS if overlap else ()), *REST)
    padded = np.vstack([np.zeros((1, 16)), x, np.zeros((1, 16))]).astype(np.float32)
    (y,) = simulate(module, {"x": x}, seed=blocks).values()
    np.testing.assert_array_equal(y, padded[:-2] + padded[2:])


CHAIN = """
isa.import @npu from "npu"
"memref.global"() <{{sym_name = "table", type = memref<4x16xf32, @dram>, constant,
  initial_value = dense<{values}> : tensor<4x16xf32>, sym_visibility = "private"}}> : () -> ()
func.func @chain(%x: memref<4x16xf32, @dram>, %y: memref<4x16xf32, @dram>) {{
  %table = memref.get_global @table : memref<4x16xf32, @dram>
  %again = memref.get_global @table : memref<4x16xf32, @dram>
  %between = memref.alloc() : memref<4x16xf32, @dram>
  %s = memref.alloc() : memref<4x16xf32, @acc>
  %t = memref.alloc() : memref<4x16xf32, @acc>
  isa.invoke @npu::@load_f32(%s, %x) : memref<4x16xf32, @acc>, memref<4x16xf32, @dram>
  isa.invoke @npu::@load_f32(%t, %table) : memref<4x16xf32, @acc>, memref<4x16xf32, @dram>
  isa.invoke @npu::@add_f32(%s, %s, %t) : memref<4x16xf32, @acc>, memref<4x16xf32, @acc>, memref<4x16xf32, @acc>
  isa.invoke @npu::@store_f32(%between, %s) : memref<4x16xf32, @dram>, memref<4x16xf32, @acc>
  isa.invoke @npu::@load_f32(%t, %between) : memref<4x16xf32, @acc>, memref<4x16xf32, @dram>
  isa.invoke @npu::@load_f32(%s, %again) : memref<4x16xf32, @acc>, memref<4x16xf32, @dram>
  isa.invoke @npu::@mul_number_f32(%t, %t) with {{value = 2.0 : f32}} : memref<4x16xf32, @acc>, memref<4x16xf32, @acc>
  isa.invoke @npu::@sub_f32(%s, %t, %s) : memref<4x16xf32, @acc>, memref<4x16xf32, @acc>, memref<4x16xf32, @acc>
  isa.invoke @npu::@store_f32(%y, %s) : memref<4x16xf32, @dram>, memref<4x16xf32, @acc>
  func.return
}}
"""


@pytest.mark.parametrize("seed", [None, *range(6)])
def test_constants_and_scratch(run_passes: RunPasses, seed: int | None) -> None:
    """What is stored is loaded again, from a buffer in the memory of arguments."""
    table = np.arange(64, dtype=np.float32).reshape(4, 16)
    module = run_passes(CHAIN.format(values=table.tolist()), *REST)
    x = np.linspace(-3, 9, 64, dtype=np.float32).reshape(4, 16)
    (y,) = simulate(module, {"x": x}, seed).values()
    np.testing.assert_array_equal(y, (x + table) * np.float32(2) - table)


def test_machine_is_not_changed(run_passes: RunPasses, engine_product: Product) -> None:
    """The passes write into functions only."""
    text = engine_product(16, 16, 16, 16, 16, 16, "other")
    before, after = run_passes(text), run_passes(text, *LOOPS, *REST)
    machines = [[op for op in module.ops if isinstance(op, TargetOp)] for module in (before, after)]
    assert [*map(str, machines[0])] == [*map(str, machines[1])]
