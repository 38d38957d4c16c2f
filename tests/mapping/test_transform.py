"""Every rewrite rule, by execution: on random data the rewritten program gives the same numbers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.dialects.builtin import f32, i8, i16, i32

from isa_mapper.mapping.explain import statement_text
from isa_mapper.mapping.statement import Apply, Constant, Operand, Statement
from isa_mapper.mapping.transform import RULES, SEARCHED
from isa_mapper.mapping.transform.assess import Machine
from isa_mapper.mapping.transform.program import Compute, Program
from isa_mapper.mapping.transform.rewrite import Hints, Refusal, Rewrite
from isa_mapper.mapping.transform.run import run
from isa_mapper.mapping.transform.search import search

Make = Callable[..., Statement]
Array = NDArray[Any]

ZERO, LOWEST = Constant(0.0, f32), Constant(float("-inf"), f32)
HINTS = Hints((8, 4), (i16, i32))

STATEMENTS: dict[str, list[tuple[str, dict[str, int]]]] = {
    "separable": [
        ("O[p,q,o] += I[p+r,q+s,c] * D[r,s,c] * P[c,o]", dict(p=3, q=4, o=5, r=2, s=3, c=4))
    ],
    "chain": [("O[i,l] += A[i,j] * B[j,k] * C[k,l]", dict(i=3, j=4, k=5, l=6))],
    "transposed": [
        ("T[j,i] = A[i,j]", dict(i=5, j=4)),
        ("C[m,n] += T[m,k] * B[k,n]", dict(m=4, n=3, k=5)),
    ],
    "biased": [
        ("T[m,n] = A[m,n] + b[n]", dict(m=4, n=5)),
        ("C[m,n] = T[m,n] * S[n]", dict(m=4, n=5)),
    ],
    "dot": [("c += a[k] * b[k]", dict(k=37))],
    "rows": [("c[m] += a[m,k]", dict(m=3, k=37))],
    "pool": [("O[p,q] max= I[2*p+r,2*q+s]", dict(p=3, q=4, r=2, s=2))],
    "conv": [("O[o,p] += I[c,2*p+r] * W[o,c,r]", dict(o=3, p=16, c=2, r=3))],
    "gates": [
        ("r[n,i] += x[n,k] * R[k,i]", dict(n=2, k=5, i=6)),
        ("z[n,i] += x[n,k] * U[k,i]", dict(n=2, k=5, i=6)),
        ("h[n,i] = r[n,i] * z[n,i]", dict(n=2, i=6)),
        ("g[n,i] += x[n,k] * G[k,i]", dict(n=2, k=5, i=6)),
    ],
    "steps": [
        ("a[i] += W[i,k] * x[k]", dict(k=5, i=6)),
        ("b[i] += W[i,k] * y[k]", dict(k=5, i=6)),
        ("h[i] = a[i] + b[i]", dict(i=6)),
    ],
}
RESULTS = {"gates": "h z g", "steps": "h"}


@pytest.fixture(scope="module")
def program(formula: Make) -> Callable[[str], Program]:
    """The programs above by name."""

    def make(name: str) -> Program:
        steps: list[Compute] = []
        for text, extents in STATEMENTS[name]:
            statement = formula(text, **extents)
            start = {"arith.addf": ZERO, "arith.maximumf": LOWEST}.get(statement.combine)
            steps.append(Compute(statement, start))
        results = RESULTS.get(name, steps[-1].name).split()
        return Program(tuple(steps), frozenset(results))

    return make


def inputs_of(program: Program) -> dict[str, Array]:
    """Small integers for what a program reads but does not define."""
    random = np.random.default_rng(0)
    made = {name for step in program.steps for name in step.writes}
    accesses = [access for _, step in program.computes() for access in step.statement.inputs]
    return {
        access.name: random.integers(-3, 4, access.shape).astype(np.float32)
        for access in accesses
        if access.name not in made
    }


def rewrites(program: Program) -> Iterator[tuple[str, Rewrite]]:
    """Everything that the rules make of a program."""
    for at, _ in program.computes():
        for name, rule in RULES.items():
            for outcome in rule(program, at, HINTS):
                if isinstance(outcome, Rewrite):
                    yield name, outcome
                else:
                    assert outcome.text


@pytest.mark.parametrize("name", STATEMENTS)
def test_rewrites_compute_the_same(program: Callable[[str], Program], name: str) -> None:
    """Two rules deep: the second on what the first has made."""
    first = program(name)
    given = inputs_of(first)
    expected = run(first, given)
    made = list(rewrites(first))
    for rule, rewrite in [*made, *(pair for _, one in made for pair in rewrites(one.program))]:
        got = run(rewrite.program, given)
        for result in first.results:
            assert np.array_equal(got[result], expected[result]), (rule, rewrite.text)


EXPECTED = [
    ("separable", "distribute", "I * D is summed over r x s before the rest comes in"),
    ("chain", "distribute", "A * B is summed over j before the rest comes in"),
    ("chain", "distribute", "B * C is summed over k before the rest comes in"),
    ("transposed", "inline", "T is read through where it comes from"),
    ("biased", "inline", "T is read through where it comes from"),
    ("dot", "split-reduction", "every 8th element along k is combined by itself first"),
    ("pool", "unroll", "the 2 points of r are statements of their own"),
    ("conv", "unfold", "I is unfolded"),
    ("conv", "axes", "p is split by 8"),
    ("gates", "merge", "3 statements that share x are joined along i"),
    ("steps", "merge", "2 statements that share W are stacked"),
]


@pytest.mark.parametrize(("name", "rule", "text"), EXPECTED)
def test_rules_apply(program: Callable[[str], Program], name: str, rule: str, text: str) -> None:
    assert (rule, text) in [(one, rewrite.text) for one, rewrite in rewrites(program(name))]


def test_gates_are_one_statement(program: Callable[[str], Program]) -> None:
    """The readers of merged statements read their parts."""
    made = [one.program for rule, one in rewrites(program("gates")) if rule == "merge"]
    texts = [statement_text(step.statement) for _, step in made[0].computes()]
    assert "r_merged[n, i] += x[n, k] * R_merged[k, i]" in texts
    assert "h[n, i] = r_merged[n, i] * r_merged[n, i + 6]" in texts


def narrow(statement: Statement) -> Statement:
    """The statement on bytes, with sums in 32 bits."""
    body = Apply("arith.muli", tuple(Apply("arith.extsi", (Operand(k),), i32) for k in (0, 1)), i32)
    return replace(
        statement,
        inputs=tuple(replace(access, element=i8) for access in statement.inputs),
        output=replace(statement.output, element=i32),
        combine="arith.addi",
        body=body,
    )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("diagonalise", "W is spread over a diagonal along c"),
        ("widen", "I is widened to i16 before"),
        ("widen", "W is widened to i32 before"),
    ],
)
def test_integers(formula: Make, rule: str, text: str) -> None:
    statement = narrow(formula("O[p,c] += I[p+r,c] * W[r,c]", p=3, c=4, r=2))
    first = Program((Compute(statement, Constant(0, i32)),), frozenset({"O"}))
    random = np.random.default_rng(0)
    given: dict[str, Array] = {
        access.name: random.integers(-128, 128, access.shape).astype(np.int8)
        for access in statement.inputs
    }
    made = [one for one in RULES[rule](first, 0, HINTS) if isinstance(one, Rewrite)]
    assert text in [one.text for one in made]
    for one in made:
        assert np.array_equal(run(one.program, given)["O"], run(first, given)["O"])


@pytest.mark.parametrize(
    ("rule", "formula_text", "extents", "why"),
    [
        ("distribute", "C[m,n] += A[m,k] * B[k,n]", dict(m=2, n=2, k=2), "no reduction axis"),
        ("distribute", "C[m] max= A[m,k]", dict(m=2, k=2), "does not distribute"),
        ("diagonalise", "O[p,c] += I[p,c] * W[c]", dict(p=2, c=2), "no plain sum of integers"),
        ("unfold", "C[m] = A[m]", dict(m=2), "only copies"),
        ("unroll", "C[m] += A[m,k]", dict(m=2, k=9), "8 points"),
        ("split-reduction", "C[m] += A[m,k]", dict(m=2, k=5), "twice as long"),
        ("merge", "C[m] += A[m,k]", dict(m=2, k=5), "no other statement"),
        ("widen", "C[m] += A[m,k]", dict(m=2, k=5), "no operand is widened"),
        ("split-digits", "C[m] += A[m,k]", dict(m=2, k=5), "no plain sum of integers"),
    ],
)
def test_refusals_have_a_reason(
    formula: Make, rule: str, formula_text: str, extents: dict[str, int], why: str
) -> None:
    statement = formula(formula_text, **extents)
    first = Program((Compute(statement, ZERO),), frozenset({statement.output.name}))
    outcomes = list(RULES[rule](first, 0, HINTS))
    assert len(outcomes) == 1
    assert isinstance(outcomes[0], Refusal)
    assert why in outcomes[0].text


GEMM = "c[i,j] += a[i,k] * b[k,j]"


def test_what_an_instruction_has_more_is_fed_a_number(formula: Make) -> None:
    gemm = formula(GEMM, i=4, j=4, k=4)
    statement = formula("s[m] += x[m,k]", m=3, k=5)
    first = Program((Compute(statement, Constant(-0.0, f32)),), frozenset({"s"}))
    made = list(RULES["feed"](first, 0, Hints(instructions=(gemm,))))
    assert [one.text for one in made] == ["another operand is 1.0 everywhere"]
    x = np.full((3, 5), -0.0, np.float32)
    x[1, 2], x[2, 1:3] = np.nan, np.inf
    assert isinstance(made[0], Rewrite)
    got, expected = (run(one, {"x": x})["s"] for one in (made[0].program, first))
    assert np.array_equal(got, expected, equal_nan=True)
    assert np.array_equal(np.signbit(got), np.signbit(expected))


def test_factors_are_widened_together_for_pairs_of_words(formula: Make) -> None:
    pairs = narrow(formula("c[i] += a[i,k] * b[i,k]", i=8, k=2))
    pairs = replace(pairs, inputs=tuple(replace(one, element=i16) for one in pairs.inputs))
    first = Program(
        (Compute(narrow(formula(GEMM, i=3, j=5, k=6)), Constant(0, i32)),), frozenset({"c"})
    )
    made = list(RULES["widen"](first, 0, Hints(elements=(i16,), instructions=(pairs,))))
    assert [one.text for one in made][-1] == "a and b are widened to i16 before"
    random = np.random.default_rng(0)
    given: dict[str, Array] = {
        name: random.integers(-128, 128, shape).astype(np.int8)
        for name, shape in (("a", (3, 6)), ("b", (6, 5)))
    }
    for one in made:
        assert isinstance(one, Rewrite)
        assert np.array_equal(run(one.program, given)["c"], run(first, given)["c"])
    direct = narrow(formula("c[i] += a[i,k] * b[i,k]", i=8, k=4))
    alone = RULES["widen"](first, 0, Hints(elements=(i16,), instructions=(pairs, direct)))
    assert "a and b" not in " ".join(one.text for one in alone)


TILES = "c[i,j] += a[i,k,r] * b[k,j,r]"


@pytest.mark.parametrize(("k", "parts"), [(16, 1), (19, 2)])
def test_an_axis_is_split_for_two_of_an_instruction(formula: Make, k: int, parts: int) -> None:
    tiles = formula(TILES, i=2, j=2, k=2, r=4)
    first = Program((Compute(formula(GEMM, i=3, j=5, k=k), ZERO),), frozenset({"c"}))
    (made,) = RULES["split-axis"](first, 0, Hints(instructions=(tiles, tiles)))
    assert isinstance(made, Rewrite)
    assert made.text == "k is split by 4"
    assert len(made.program.steps) == parts
    given = inputs_of(first)
    assert np.array_equal(run(made.program, given)["c"], run(first, given)["c"])


def test_an_axis_is_split_for_no_other_instruction(formula: Make) -> None:
    first = Program((Compute(formula(GEMM, i=3, j=5, k=16), ZERO),), frozenset({"c"}))
    short = Program((Compute(formula(GEMM, i=3, j=5, k=7), ZERO),), frozenset({"c"}))
    gemm, tiles = formula(GEMM, i=4, j=4, k=4), formula(TILES, i=2, j=2, k=2, r=4)
    for program, instruction in ((first, gemm), (short, tiles)):
        (refusal,) = RULES["split-axis"](program, 0, Hints(instructions=(instruction,)))
        assert isinstance(refusal, Refusal)


def test_bytes_are_fed_bytes(formula: Make) -> None:
    gemm, statement = narrow(formula(GEMM, i=4, j=4, k=4)), formula("s[m] += x[m,k]", m=3, k=5)
    statement = replace(
        statement,
        inputs=(replace(statement.inputs[0], element=i8),),
        output=replace(statement.output, element=i32),
        combine="arith.addi",
        body=Apply("arith.extsi", (Operand(0),), i32),
    )
    first = Program((Compute(statement, Constant(0, i32)),), frozenset({"s"}))
    (made,) = RULES["feed"](first, 0, Hints(instructions=(gemm, gemm)))
    assert isinstance(made, Rewrite)
    assert [step.statement.output.element for _, step in made.program.computes()] == [i8, i32]
    x = np.random.default_rng(0).integers(-128, 128, (3, 5)).astype(np.int8)
    assert np.array_equal(run(made.program, {"x": x})["s"], x.sum(1, dtype=np.int32))
    unsigned = replace(statement, body=Apply("arith.extui", (Operand(0),), i32))
    program = Program((Compute(unsigned, Constant(0, i32)),), frozenset({"s"}))
    (refusal,) = RULES["feed"](program, 0, Hints(instructions=(gemm,)))
    assert isinstance(refusal, Refusal)  # the engine reads its operands as signed


@pytest.mark.parametrize(("m", "n"), [(8, 8), (5, 8), (9, 17), (4, 4)])
def test_an_identity_matrix_transposes(formula: Make, m: int, n: int) -> None:
    statement = formula("y[n,m] = x[m,n]", n=n, m=m)
    statement = replace(
        statement,
        inputs=(replace(statement.inputs[0], element=i8),),
        output=replace(statement.output, element=i32),
        body=Apply("arith.extsi", (Operand(0),), i32),
    )
    first = Program((Compute(statement),), frozenset({"y"}))
    x = np.random.default_rng(0).integers(-128, 128, (m, n)).astype(np.int8)
    made = [one for one in RULES["identity-matrix"](first, 0, HINTS) if isinstance(one, Rewrite)]
    assert made
    for one in made:
        assert np.array_equal(run(one.program, {"x": x})["y"], x.T.astype(np.int32)), one.text


def test_floats_are_not_multiplied_by_an_identity_matrix(formula: Make) -> None:
    first = Program((Compute(formula("y[n,m] = x[m,n]", n=8, m=8)),), frozenset({"y"}))
    (refusal,) = RULES["identity-matrix"](first, 0, HINTS)
    assert refusal == Refusal("it widens no integers")


def wide_product(formula: Make, k: int) -> Program:
    """A product of numbers of 32 bits with bytes."""
    statement = formula("C[m,n] += t[m,k] * B[k,n]", m=3, n=4, k=k)
    t, b = statement.inputs
    body = Apply("arith.muli", (Operand(0), Apply("arith.extsi", (Operand(1),), i32)), i32)
    statement = replace(
        statement,
        inputs=(replace(t, element=i32), replace(b, element=i8)),
        output=replace(statement.output, element=i32),
        combine="arith.addi",
        body=body,
    )
    return Program((Compute(statement, Constant(-7, i32)),), frozenset({"C"}))


def test_digits_make_up_the_number(formula: Make) -> None:
    first = wide_product(formula, 11)
    random = np.random.default_rng(0)
    t = random.integers(-(2**31), 2**31, (3, 11)).astype(np.int32)
    t[0, :8] = (2**31 - 1, -(2**31), -1, 0, 128, -129, 0x7F80, 0x7FFF8000)
    given = {"t": t, "B": random.integers(-128, 128, (11, 4)).astype(np.int8)}
    outcomes = list(RULES["split-digits"](first, 0, Hints((), (i8, i16))))
    made = [one for one in outcomes if isinstance(one, Rewrite)]
    assert [one.text for one in made] == [
        "t is 2 signed digits of i16",
        "t is 2 unsigned digits of i16",
        "t is 4 signed digits of i8",
        "t is 4 unsigned digits of i8",
    ]
    for one in made:
        assert np.array_equal(run(one.program, given)["C"], run(first, given)["C"]), one.text


@pytest.mark.parametrize(
    ("taps", "digits"),
    [
        (1, ["1 signed digits of i16", "2 signed digits of i8"]),
        (3, ["2 signed digits of i16", "3 signed digits of i8"]),
        (600, ["2 signed digits of i16", "4 signed digits of i8"]),
    ],
)
def test_a_sum_of_bytes_has_few_digits(formula: Make, taps: int, digits: list[str]) -> None:
    inner = narrow(formula("t[m,k] += I[m,k,r] * W[k,r]", m=3, k=5, r=taps))
    product = wide_product(formula, 5).steps[0]
    assert isinstance(product, Compute)
    zero = Constant(0, i32)
    first = Program((Compute(inner, zero), replace(product, start=zero)), frozenset({"C"}))
    random = np.random.default_rng(0)
    given = {
        "I": np.full((3, 5, taps), -128, np.int8),
        "W": random.choice(np.array([-128, 127], np.int8), (5, taps)),
        "B": random.integers(-128, 128, (5, 4)).astype(np.int8),
    }
    given["W"][0] = -128
    rewrites = RULES["split-digits"](first, 1, Hints((), (i8, i16)))
    made = [one for one in rewrites if isinstance(one, Rewrite) and " signed" in one.text]
    assert [one.text.removeprefix("t is ") for one in made] == digits
    for one in made:
        assert np.array_equal(run(one.program, given)["C"], run(first, given)["C"]), one.text


def test_a_sum_is_not_inlined(formula: Make) -> None:
    sum_, reader = formula("t[m] += A[m,k]", m=3, k=4), formula("C[m,n] = t[m] * B[n]", m=3, n=4)
    first = Program((Compute(sum_, ZERO), Compute(reader)), frozenset({"C"}))
    assert [str(one.text) for one in RULES["inline"](first, 1, HINTS)] == [
        "t cannot be read through: it is a sum"
    ]


def test_the_search_tells_what_it_tried(program: Callable[[str], Program], formula: Make) -> None:
    machine = Machine({"axpy": formula("c[i] += a * b[i]", i=4)}, {"axpy": 0.5}, 4)
    first = program("separable")
    found = search(first, machine, SEARCHED)
    assert found.chain[0].rule == "distribute"
    assert found.after < found.before
    assert any(event.cycles is None for event in found.log)
    assert all(event.text for event in found.log)
    well = search(program("chain"), Machine({}, {}, 4), SEARCHED)
    assert not well.chain, "what a machine does as well as it can stays as it is"
