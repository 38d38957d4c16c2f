"""Explanations: in the user's names, for people and for programs."""

import json
from collections.abc import Callable

from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.machines import find_target
from isa_mapper.mapping.explain import Explanation, explain, nearest, statement_text
from isa_mapper.mapping.statement import Statement, statement_of

Make = Callable[..., Statement]


def told(kernel: Statement, name: str) -> Explanation:
    machine: TargetOp = find_target("avx512", ModuleOp([]))
    instruction = machine.instructions[name]
    return explain(kernel, name, statement_of(instruction.statement), machine)


def test_a_fit_names_axes_moves_and_utilisation(formula: Make) -> None:
    kernel = formula("C[m,n] += A[m,k] * B[k,n]", m=8, n=40, k=8)
    found = told(kernel, "fmadd_ps")
    assert found.text() == (
        "@fmadd_ps fits: 6 mappings (2 of full rank); best: i = n; a = A broadcast by @set1_ps; "
        "b = B direct+pad by @maskz_loadu_ps; acc = C direct+pad by @maskz_loadu_ps and "
        "@mask_storeu_ps; utilisation 83%, 192 calls"
    )
    written = json.loads(json.dumps(found.as_dict()))
    assert written["axes"] == {"i": ["n"]}
    assert written["operands"][0]["loads"] == "set1_ps"


def test_strided_operands_come_from_a_packed_copy(formula: Make) -> None:
    found = told(formula("C[n,m] = A[m,n] * B[m,n]", m=16, n=16), "mul_ps")
    packed = {move.stands_for: move.packed for move in found.moves}
    assert sorted(packed.values()) in ([False, False, True], [False, True, True])
    assert "from a packed copy" in found.text()


def test_idle_axes_say_why(formula: Make) -> None:
    found = told(formula("s += A[k] * B[k]", k=8), "fmadd_ps")
    first, *rest = found.text().splitlines()
    assert "i idle" in first
    assert rest == [
        "  axis k cannot join axis i: the kernel reduces over k, but the instruction keeps "
        "acc[i] apart, so s would lie in partial sums (R3)"
    ]


def test_a_misfit_gives_the_first_rule(formula: Make) -> None:
    found = told(formula("C[m] = A[m] + B[m]", m=8), "mul_ps")
    assert found.text() == (
        "@mul_ps does not fit: operator arith.mulf expected, the kernel has operator arith.addf "
        "(operator)"
    )
    assert found.as_dict()["rejections"][0]["rule"] == "operator"


def test_the_nearest_are_those_that_came_furthest(formula: Make) -> None:
    kernel = formula("C[m] = A[m] + B[m]", m=8)
    found = nearest([told(kernel, name) for name in ("fmadd_pd", "mul_ps", "mul_pd")])
    assert [explanation.instruction for explanation in found] == ["mul_ps", "fmadd_pd", "mul_pd"]


def test_statements_as_formulas(formula: Make) -> None:
    text = "C[m, n] += A[m, k] * B[k, n]"
    assert statement_text(formula(text, m=2, n=2, k=2)) == text
    largest = formula("O[p] max= I[2*p+r]", p=2, r=2)
    assert statement_text(largest) == "O[p] arith.maximumf= I[2*p + r]"
