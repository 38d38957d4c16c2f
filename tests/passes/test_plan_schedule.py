"""Plans as text: printed, edited, given back, and honoured."""

from pathlib import Path

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.passes.plan_schedule import print_plan, read_plan
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.targets.c import emit_c

GEMM = """func.func @f(%a: tensor<20x6xf32>, %b: tensor<6x40xf32>) -> tensor<20x40xf32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b)
    : (tensor<20x6xf32>, tensor<6x40xf32>) -> tensor<20x40xf32>
  func.return %c : tensor<20x40xf32>
}"""

EDITED = """[#plan.schedule<#plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>, [
  for n by 32,
  place in1 in @mem,
  parallel m by 3,
  place out in @zmm,
  for k by 1,
  place in1 in @zmm,
  unroll m by 1,
  place in0 in @zmm]>]
"""


def test_round_trip(tmp_path: Path):
    plan = tmp_path / "plan"
    first = pipeline.lower(pipeline.parse(GEMM), "avx512")
    plan.write_text(print_plan(first.schedules))
    again = pipeline.lower(pipeline.parse(GEMM), "avx512", plan=str(plan))
    assert again.schedules == first.schedules
    assert str(again.module) == str(first.module)
    assert tuple(read_plan(pipeline.new_context(), plan)) == first.schedules


def test_edited_plan_is_honoured(tmp_path: Path):
    plan = tmp_path / "plan"
    plan.write_text(EDITED)
    lowered = pipeline.lower(pipeline.parse(GEMM), "avx512", plan=str(plan))
    assert print_plan(lowered.schedules) == EDITED
    source = emit_c(lowered.module).source
    assert "#pragma omp parallel for" in source
    assert "for (int64_t m = 0; m < 18; m += 3)" in source
    generator = np.random.default_rng(1)
    a = generator.standard_normal((20, 6), np.float32)
    b = generator.standard_normal((6, 40), np.float32)
    (result,) = interpret(lowered.module, None, [a, b])
    np.testing.assert_allclose(result, a @ b, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("for n by 32", "for n by 20", "must be a multiple of 16"),
        ("unroll m", "unroll q", "loop over 'q', but the statement's axes are m, n, k"),
        ("place in0 in @zmm", "place in7 in @zmm", "places 'in7'"),
        ("parallel m by 3", "parallel k by 3", "cannot run in parallel"),
        ("  unroll m by 1,\n  place in0 in @zmm", "  unroll m by 1", "wants all of operand 'in0'"),
        ("@fmadd_ps", "@mul_ps", "does not compute this statement"),
    ],
)
def test_wrong_plans_are_refused(old: str, new: str, message: str, tmp_path: Path):
    plan = tmp_path / "plan"
    plan.write_text(EDITED.replace(old, new).replace("1,\n]>", "1]>"))
    with pytest.raises(UserError, match=message):
        pipeline.lower(pipeline.parse(GEMM), "avx512", plan=str(plan))
