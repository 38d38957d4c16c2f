"""Counting work, NumPy's way to do it, timing, and the machine's peak."""

import re
import shutil
from time import sleep

import numpy as np
import pytest
from xdsl.dialects.builtin import IntegerType, ModuleOp, bf16, f32, f64, i32

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime import peak
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.pipeline import parse, to_statements
from isa_mapper.runtime.timing import interleaved
from isa_mapper.runtime.work import numpy_call, operations
from isa_mapper.simulator.signature import entry_function, signature_of

SIZES = {"b": 2, "m": 3, "n": 5, "k": 7}


@pytest.mark.parametrize(
    ("spec", "count"),
    [("mk,kn->mn", 2 * 3 * 5 * 7), ("km,nk->nm", 2 * 3 * 5 * 7), ("bmk,bkn->bmn", 4 * 3 * 5 * 7)],
)
def test_work_and_numpy(spec: str, count: int):
    sizes = {axis: SIZES[axis] for axis in spec if axis in SIZES}
    module = to_statements(einsum_module(spec, sizes, ["f32"]))
    assert operations(module) == count
    arrays = random_arrays(signature_of(entry_function(module)), 0)
    call = numpy_call(module)
    assert call is not None
    np.testing.assert_allclose(call(arrays), np.einsum(spec, *arrays), rtol=1e-5, atol=1e-6)


def test_numpy_adds_integers_in_the_results_type():
    module = to_statements(einsum_module("i,i->", {"i": 9}, ["i8", "i8", "i32"]))
    call = numpy_call(module)
    assert call is not None
    assert call([np.full(9, -128, np.int8)] * 2) == 9 * 128 * 128


def test_no_single_call():
    module = parse("""func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
      func.return %y : tensor<4xf32>
    }""")
    assert numpy_call(to_statements(module)) is None


def test_interleaved_times_tell_calls_apart():
    slow, fast = interleaved([lambda: sleep(0.004), lambda: None], rounds=3, sample_seconds=0.005)
    assert fast < slow
    assert slow >= 0.004


def test_best_instruction_comes_from_the_description():
    target = find_target("avx512", ModuleOp([]))
    for element, lanes in ((f32, 16), (f64, 8)):
        best = peak.best_instruction(target, element)
        assert best is not None
        assert peak.operations_of(best) == 2 * lanes
        text = peak.loop_of(target, best).text
        inputs = re.findall(r"memcpy\(&\w+, (.*?),", text)
        assert len(set(inputs)) == len(inputs) > 8  # equal accumulators would be merged
    assert peak.best_instruction(find_target("scalar", ModuleOp([])), f32) is None


def test_accumulators_that_go_by_number_are_different_registers():
    target = find_target("amx", ModuleOp([]))
    best = peak.best_instruction(target, i32, [IntegerType(8)])
    assert best is not None
    text = peak.loop_of(target, best).text
    used = re.findall(r"    _tile_dpbssd\((\d), (\d), (\d)\);", text)
    assert [accumulator for accumulator, *_ in used] == list("012345")
    assert {tuple(factors) for _, *factors in used} == {("6", "7")}
    assert text.index("tiles_begin();", text.index("void peak")) < text.index("_tile_dpbssd")


def test_peak_is_that_of_the_types_that_are_multiplied():
    target = find_target("avx512_server", ModuleOp([]))
    i8, i16 = IntegerType(8), IntegerType(16)
    pairs = [(f32, f32), (f32, bf16), (i32, i8), (i32, i16)]
    for result, factor in pairs:
        best = peak.best_instruction(target, result, [factor])
        assert best is not None
        assert {best.operand_memrefs[index].element_type for index in best.input_indices} == {
            factor
        }


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_peak_is_that_of_independent_accumulators():
    target = find_target("host", ModuleOp([]))
    if not target.features or not host_features():
        pytest.skip("this CPU has no vector instructions that are described")
    for element in (f32, f64):
        found = peak.peak_call(target, element)
        assert found is not None
        (seconds,) = interleaved([found.call], rounds=3)
        assert 1e8 < found.operations / seconds < 1e12  # other processes may be running
