"""Loops over blocks: what they compute is compared with the reference, in C and at every level."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from xdsl.dialects import linalg, scf
from xdsl.dialects.builtin import ModuleOp

import isa_mapper
from isa_mapper.dialects.machines import host_features
from isa_mapper.passes import fuse_loops
from isa_mapper.passes.compile import CompilePass
from isa_mapper.passes.constant_arguments import mark_constant
from isa_mapper.passes.tile_statements import PARALLEL
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

NEAR = 1800


@pytest.fixture(autouse=True)
def little_is_near(monkeypatch: pytest.MonkeyPatch):
    """Let so little be near that small kernels are fused."""

    def near_bytes(machine: object) -> int:
        return NEAR

    monkeypatch.setattr(fuse_loops, "near_bytes", near_bytes)


SEPARABLE = """func.func @f(%x: tensor<1x{n}x9x6xf32>, %d: tensor<3x3x6xf32>, %w: tensor<6x5xf32>)
    -> tensor<1x{p}x{q}x5xf32> {{
  %y = kernel.depthwise_separable %x, %d, %w {{padding = [1, 1], strides = [{s}, {s}], layout = "nhwc"}}
      : tensor<1x{n}x9x6xf32>, tensor<3x3x6xf32>, tensor<6x5xf32> -> tensor<1x{p}x{q}x5xf32>
  func.return %y : tensor<1x{p}x{q}x5xf32>
}}"""

ATTENTION = """func.func @f(%q: tensor<3x15x8xf32>, %k: tensor<3x11x8xf32>, %v: tensor<3x11x8xf32>)
    -> tensor<3x15x8xf32> {
  %y = kernel.attention %q, %k, %v
      : tensor<3x15x8xf32>, tensor<3x11x8xf32>, tensor<3x11x8xf32> -> tensor<3x15x8xf32>
  func.return %y : tensor<3x15x8xf32>
}"""

ROWS = """func.func @f(%a: tensor<{m}x8xf32>, %b: tensor<8x20xf32>, %c: tensor<20x3xf32>) -> tensor<{m}x3xf32> {{
  %0 = kernel.contract "mk,kn->mn"(%a, %b)
      : (tensor<{m}x8xf32>, tensor<8x20xf32>) -> tensor<{m}x20xf32>
  %1 = kernel.softmax %0 : tensor<{m}x20xf32>
  %2 = kernel.contract "mk,kn->mn"(%1, %c)
      : (tensor<{m}x20xf32>, tensor<20x3xf32>) -> tensor<{m}x3xf32>
  func.return %2 : tensor<{m}x3xf32>
}}"""

BYTES = """func.func @f(%a: tensor<{m}x70xi8>, %b: tensor<70x3xi8>, %c: tensor<70x4xi8>)
    -> (tensor<{m}x3xi32>, tensor<{m}x4xi32>) {{
  %0 = kernel.contract "mk,kn->mn"(%a, %b)
      : (tensor<{m}x70xi8>, tensor<70x3xi8>) -> tensor<{m}x3xi32>
  %1 = kernel.contract "mk,kn->mn"(%a, %c)
      : (tensor<{m}x70xi8>, tensor<70x4xi8>) -> tensor<{m}x4xi32>
  func.return %0, %1 : tensor<{m}x3xi32>, tensor<{m}x4xi32>
}}"""

KERNELS = {
    "separable": SEPARABLE.format(n=12, s=1, p=12, q=9),
    "separable, odd": SEPARABLE.format(n=11, s=1, p=11, q=9),
    "separable, stride": SEPARABLE.format(n=31, s=2, p=16, q=5),
    "attention": ATTENTION,
    "softmax between products": ROWS.format(m=24),
    "softmax, odd": ROWS.format(m=23),
    "products of the same": BYTES.format(m=37),
}


def fused(module: ModuleOp) -> list[scf.ForOp]:
    """The loops that the pass makes of a program."""
    found: list[scf.ForOp] = []
    for stage in CompilePass(target="avx512").stages():
        pipeline.run(module, [stage])
        if stage.name == "fuse-loops":
            found = [op for op in module.walk() if isinstance(op, scf.ForOp)]
            break
    return found


@pytest.mark.parametrize("name", KERNELS)
def test_every_level(name: str):
    module = pipeline.parse(KERNELS[name])
    arrays = random_arrays(signature_of(entry_function(module)), 3)
    expected = reference(module, None, arrays)
    behind = False
    for stage in CompilePass(target="avx512").stages():
        pipeline.run(module, [stage])
        behind = behind or stage.name == "fuse-loops"
        if stage.name == "fuse-loops":
            assert any(isinstance(op, scf.ForOp) for op in module.walk())
        if behind and stage.name in (
            "fuse-loops",
            "apply-schedule",
            "hoist-packing",
            "synchronise",
        ):
            for got, (value, error) in zip(interpret(module, None, arrays), expected, strict=True):
                comparison = compare(stage.name, got, value, error)
                assert comparison.passed, str(comparison)


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("target", ["avx512", "avx512_vnni", "scalar"])
@pytest.mark.parametrize("name", KERNELS)
def test_in_c(name: str, target: str, threads: int):
    module = pipeline.parse(KERNELS[name])
    arrays = random_arrays(signature_of(entry_function(module)), 4)
    portable = target != "scalar" and "avx512_vnni" not in host_features()
    got = isa_mapper.compile(module, target=target, threads=threads, portable=portable)(*arrays)
    results = got if isinstance(got, tuple) else (got,)
    for result, (value, error) in zip(results, reference(module, None, arrays), strict=True):
        comparison = compare(name, np.asarray(result), value, error)
        assert comparison.passed, str(comparison)


def test_what_stands_at_borders_is_no_part_of_the_loop():
    (loop,) = fused(pipeline.parse(KERNELS["separable"]))
    views = [op for op in loop.walk() if op.name == "isa.view"]
    guards = [view for view in views if "guard_map" in str(view)]
    assert guards, "the columns are still guarded"
    assert all("guard_bounds = array<i64: 9>" in str(view) for view in guards)


def test_blocks_on_threads():
    module = pipeline.parse(KERNELS["softmax between products"])
    for stage in CompilePass(target="avx512", threads=2).stages():
        pipeline.run(module, [stage])
        if stage.name == "apply-schedule":
            break
    loops = [op for op in module.walk() if PARALLEL in op.attributes]
    assert loops
    assert not any(
        loop is not other and loop.is_ancestor(other) for loop in loops for other in loops
    )


def test_padding_that_others_need_is_not_fused_away():
    """A window of several rows is no access at one place."""
    text = """func.func @f(%x: memref<40x16xf32>, %t: memref<40x16xf32>, %w: memref<3xf32>,
        %y: memref<38x16xf32>) {
      linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%x : memref<40x16xf32>) outs(%t : memref<40x16xf32>) {
      ^bb0(%a: f32, %old: f32):
        %b = arith.addf %a, %a : f32
        linalg.yield %b : f32
      }
      linalg.generic {indexing_maps = [affine_map<(i, j, r) -> (i + r, j)>, affine_map<(i, j, r) -> (r)>,
          affine_map<(i, j, r) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%t, %w : memref<40x16xf32>, memref<3xf32>) outs(%y : memref<38x16xf32>) {
      ^bb0(%a: f32, %u: f32, %old: f32):
        %b = arith.addf %a, %old : f32
        linalg.yield %b : f32
      }
      func.return
    }"""
    loops = fused(pipeline.parse(text))
    windows = [str(op) for loop in loops for op in loop.walk() if op.name == "isa.view"]
    assert windows
    assert all("s0 + d1" in view for view in windows), "only along j"


def test_what_sums_start_from_is_no_reason_for_a_loop():
    """The numbers that compensate a shift are where the sum begins: in registers."""
    text = """func.func @f(%a: tensor<64x8xi8>, %b: tensor<8x48xi8>) -> tensor<64x48xi32> {
      %0 = kernel.contract "mk,kn->mn"(%a, %b)
          : (tensor<64x8xi8>, tensor<8x48xi8>) -> tensor<64x48xi32>
      func.return %0 : tensor<64x48xi32>
    }"""
    module = pipeline.parse(text)
    for stage in CompilePass(target="avx512_vnni").stages():
        pipeline.run(module, [stage])
        if stage.name == "fuse-loops":
            break
    assert not any(isinstance(op, scf.ForOp) for op in module.walk())


def test_what_is_computed_once_takes_no_turns():
    """Sums of weights and the product share the weights, but constant weights are summed only once."""
    module = pipeline.parse("""func.func @f(%a: tensor<9x64xi8>, %b: tensor<64x48xi8>) -> tensor<9x48xi32> {
      %0 = kernel.contract "mk,kn->mn"(%a, %b)
          : (tensor<9x64xi8>, tensor<64x48xi8>) -> tensor<9x48xi32>
      func.return %0 : tensor<9x48xi32>
    }""")
    mark_constant(entry_function(module), ["b"])
    for stage in CompilePass(target="avx512_vnni").stages():
        pipeline.run(module, [stage])
        if stage.name == "fuse-loops":
            break
    sums = [op for op in module.walk() if isinstance(op, linalg.ops.GenericOp)]
    assert any("%b" in str(op) and "%a" not in str(op) for op in sums)
    assert not any(isinstance(op, scf.ForOp) for op in module.walk())


def test_loops_end_where_a_block_is_near():
    """Rows of heads, and rows of scores within: what a block touches counts, not the whole buffer."""
    module = pipeline.parse(
        KERNELS["attention"].replace("3x15x8", "9x15x8").replace("3x11x8", "9x11x8")
    )
    depths: list[int] = []
    for loop in fused(module):
        around, depth = loop.parent_op(), 1
        while isinstance(around, scf.ForOp):
            around, depth = around.parent_op(), depth + 1
        depths.append(depth)
    assert depths
    assert max(depths) <= 2
