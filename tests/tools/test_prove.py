"""The command `isa-prove`: a bounded part of the proof, and that it can fail."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.match import MatchResult
from isa_mapper.tools.proof_cases import draw_instruction, draw_kernel
from isa_mapper.tools.proof_checks import Case, Wrong, mutants
from isa_mapper.tools.prove import main, prove


def cases(count: int) -> list[Case]:
    found: list[Case] = []
    for seed in range(count):
        random = Random(seed)
        kernel = draw_kernel(random)
        found.append(Case(kernel, draw_instruction(random, kernel), seed))
    return found


def test_a_bounded_part() -> None:
    score = prove(seed=1, count=50, every=12)
    assert not score.wrong
    assert score.executed > 50
    assert score.rejected > 3
    assert score.enumerated > 3
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
