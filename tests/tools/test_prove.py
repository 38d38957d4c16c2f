"""The command `isa-prove`: a bounded part of the proof, and that it can fail."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from xdsl.utils.exceptions import VerifyException

from isa_mapper.dialects.errors import UserError
from isa_mapper.mapping import match
from isa_mapper.mapping.assignments import Assignments
from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.match import Mapping, MatchResult
from isa_mapper.mapping.rejection import Rejection
from isa_mapper.mapping.statement import Statement
from isa_mapper.mapping.transform import RULES
from isa_mapper.mapping.transform.program import Compute, Program
from isa_mapper.mapping.transform.rewrite import Hints, Outcome, Rewrite
from isa_mapper.passes import align_statements
from isa_mapper.tools.proof_cases import draw_instruction, draw_kernel
from isa_mapper.tools.proof_checks import Case, Wrong
from isa_mapper.tools.prove import main, prove


def cases(count: int) -> list[Case]:
    found: list[Case] = []
    for seed in range(count):
        random = Random(seed)
        kernel = draw_kernel(random)
        found.append(Case(kernel, draw_instruction(random, kernel), seed))
    return found


def mutants(mapping: Mapping, kernel: Statement) -> Sequence[Mapping]:
    """Assignments one step away from a mapping: an axis in another group."""
    axes = [axis.name for axis in kernel.axes if axis.extent > 1]
    found: list[Mapping] = []
    for axis in axes:
        for lane in range(len(mapping.groups)):
            groups = [tuple(a for a in group if a != axis) for group in mapping.groups]
            groups[lane] = (*groups[lane], axis)
            if tuple(groups) != mapping.groups:
                found.append(replace(mapping, groups=tuple(groups)))
    return found


def test_a_bounded_part() -> None:
    score = prove(seed=1, count=50, every=12)
    assert not score.wrong
    assert score.executed > 50
    assert score.rejected > 3
    assert score.enumerated > 3
    assert score.rewritten > 100
    assert score.interpreted + score.compiled > 1


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "5", "--every", "0"]) == 0
    assert "0 wrong" in capsys.readouterr().out


def test_a_mapping_that_breaks_a_rule_is_caught() -> None:
    """Sabotage: an axis moved where the rules forbid it gives wrong numbers."""
    tried = caught = 0
    for case in cases(60):
        legal = {tuple(map(frozenset, m.groups)) for m in case.found.mappings}
        kernel, instruction = case.statements
        for mapping in case.found.mappings[:2]:
            for mutant in mutants(mapping, kernel)[:3]:
                if tuple(map(frozenset, mutant.groups)) in legal:
                    continue
                tried += 1
                got = execute(kernel, instruction, mutant, case.arrays[1:], case.arrays[0])
                caught += not (got == case.expected).all()
    assert tried > 50
    assert caught > 0.6 * tried, "some break no rule that this data shows"


@pytest.mark.parametrize("rule", ["R1", "R2", "R3"])
def test_a_matcher_without_one_of_its_rules_is_caught(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sabotage: the matcher itself is mutated."""
    obstacle = Assignments._obstacle

    def careless(self: Assignments, axis: int, lane: int) -> Rejection | None:
        why = obstacle(self, axis, lane)
        return None if why is not None and why.rule == rule else why

    monkeypatch.setattr(Assignments, "_obstacle", careless)
    match.find_mappings.cache_clear()
    caught = 0
    for case in cases(40):
        try:
            case.check_mappings()
        except Wrong as wrong:
            caught += "wrong numbers" in str(wrong)
    match.find_mappings.cache_clear()
    assert caught > 2


def test_a_lowering_that_ignores_guards_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: what lies beyond the end of an axis is taken for elements."""
    monkeypatch.setattr(align_statements._Axes, "_guard", lambda *_: None)
    caught = 0
    for case in cases(40):
        try:
            case.check_lowering("drawn", 0.0, in_c=False)
        except (Wrong, UserError, VerifyException, IndexError):
            caught += 1
    assert caught > 2


def test_a_rule_that_is_wrong_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sabotage: a rule that forgets the last point of an axis."""

    def careless(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
        step = program.steps[at]
        assert isinstance(step, Compute)
        axes = [replace(axis, extent=axis.extent - 1) for axis in step.statement.axes]
        shorter = replace(step.statement, axes=tuple(axes))
        yield Rewrite(program.replaced(at, [replace(step, statement=shorter)]), "careless")

    monkeypatch.setitem(RULES, "careless", careless)
    caught = 0
    for case in cases(20):
        try:
            case.check_rewrites(Random(0))
        except Wrong as wrong:
            caught += "careless" in str(wrong)
    assert caught > 10


def test_a_matcher_that_overlooks_mappings_is_caught() -> None:
    """Sabotage: half of what is found is dropped."""
    caught = 0
    for case in cases(60):
        case.__dict__["found"] = replace(case.found, mappings=case.found.mappings[::2])
        try:
            case.check_brute_force()
        except Wrong as wrong:
            caught += "overlooked" in str(wrong)
    assert caught > 5


def test_a_wrong_execution_is_caught() -> None:
    """Sabotage: an instruction that is off by one."""

    def careless(*arguments: Any) -> Any:
        return execute(*arguments) + 1

    case = next(case for case in cases(30) if case.found.mappings)
    with pytest.raises(Wrong, match="wrong numbers"):
        case.check_mappings(careless)


def test_a_rejection_without_a_reason_is_caught() -> None:
    case = cases(1)[0]
    case.__dict__["found"] = MatchResult("none", (), ())
    with pytest.raises(Wrong, match="without a reason"):
        case.check_reason()
