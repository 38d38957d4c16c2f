"""The default plan is the cheapest of all that are considered, though few are worked out."""

from math import inf

import pytest

from isa_mapper.dialects.isa import InstructionOp, TargetOp
from isa_mapper.dialects.machines import find_target
from isa_mapper.dialects.plan import MAPPINGS, MappingAttr
from isa_mapper.mapping.statement import Statement, statement_of
from isa_mapper.passes.compile import CompilePass
from isa_mapper.planning import default
from isa_mapper.planning.default import MAPPINGS_TRIED, best_way
from isa_mapper.planning.fused import fused_problem
from isa_mapper.planning.packing import least_packing_cycles
from isa_mapper.planning.panels import PanelNest
from isa_mapper.planning.problem import Problem
from isa_mapper.planning.register_tile import register_tiles
from isa_mapper.planning.sweep import Sweep
from isa_mapper.runtime.pipeline import new_context, parse

KERNELS = {
    "product": "mk,kn->mn",
    "transposed": "km,nk->mn",
    "batched": "bmk,bkn->bmn",
    "vector": "mk,k->m",
    "outer": "m,n->mn",
}
EXTENTS = {"m": 37, "n": 70, "k": 45, "b": 3}


def mapped(spec: str, target: str) -> tuple[Statement, list[MappingAttr], TargetOp]:
    """A contraction with its candidate mappings."""
    inputs, output = spec.split("->")
    shapes = [
        "x".join(str(EXTENTS[axis]) for axis in part) for part in (*inputs.split(","), output)
    ]
    types = [f"tensor<{shape}xf32>" for shape in shapes]
    arguments = ", ".join(f"%a{i}: {type_}" for i, type_ in enumerate(types[:-1]))
    operands = ", ".join(f"%a{i}" for i in range(len(types) - 1))
    module = parse(
        f"""func.func @f({arguments}) -> {types[-1]} {{
          %r = kernel.contract "{spec}"({operands}) : ({", ".join(types[:-1])}) -> {types[-1]}
          func.return %r : {types[-1]}
        }}"""
    )
    for stage in CompilePass(target=target).stages():
        stage.apply(new_context(), module)
        if stage.name == "map-instructions":
            break
    op = next(op for op in module.walk() if MAPPINGS in op.attributes)
    found = [one for one in op.attributes[MAPPINGS] if isinstance(one, MappingAttr)]  # pyright: ignore[reportGeneralTypeIssues]
    return statement_of(op), found, find_target(target, module)


def everything(statement: Statement, mappings: list[MappingAttr], target: TargetOp) -> float:
    """The least estimate over all mappings and register tiles, each worked out in full."""
    costs: list[float] = []
    for mapping in mappings[:MAPPINGS_TRIED]:
        op = target.lookup(mapping.instruction.nested_references.data[0].data)
        if not isinstance(op, InstructionOp):
            continue
        problem, extra = Problem(statement, mapping, op, target), 0.0
        if any(len(group) > 1 for group in mapping.groups):
            fused = fused_problem(statement, mapping, op, target)
            assert fused is not None
            problem, _, extra = fused
        sweep = Sweep.of(problem)
        if not problem.writes_apart:
            continue
        tiles = [] if sweep is not None else register_tiles(problem)
        costs += [extra + sweep.cycles()] if sweep is not None else []
        costs += [extra + PanelNest.of(problem, tile).cycles() for tile in tiles]
    return min(costs)


@pytest.mark.parametrize("target", ["avx512", "matrix16"])
@pytest.mark.parametrize("spec", KERNELS.values(), ids=KERNELS.keys())
def test_it_is_the_cheapest(spec: str, target: str) -> None:
    statement, mappings, machine = mapped(spec, target)
    plan = best_way(statement, mappings, machine)
    assert plan is not None
    least = everything(statement, mappings, machine)
    scalar = [m for m in mappings if m.instruction.nested_references.data[0].data == "expression"]
    if plan.candidate.mapping not in scalar:
        assert plan.cycles == least
    assert plan.cycles <= least


def test_a_bound_excludes_what_is_no_better() -> None:
    statement, mappings, machine = mapped("mk,kn->mn", "avx512")
    plan = best_way(statement, mappings, machine)
    assert plan is not None
    assert best_way(statement, mappings, machine, bound=plan.cycles) is None
    again = best_way(statement, mappings, machine, bound=plan.cycles * (1 + 1e-9))
    assert again is not None
    assert again.candidate.schedule(again.way) == plan.candidate.schedule(plan.way)


@pytest.mark.parametrize("spec", KERNELS.values(), ids=KERNELS.keys())
def test_no_nest_is_cheaper_than_its_bound(spec: str) -> None:
    statement, mappings, machine = mapped(spec, "avx512")
    checked = 0
    for mapping in mappings:
        op = machine.lookup(mapping.instruction.nested_references.data[0].data)
        if not isinstance(op, InstructionOp) or any(len(group) > 1 for group in mapping.groups):
            continue
        problem = Problem(statement, mapping, op, machine)
        least = least_packing_cycles(problem)
        for tile in register_tiles(problem):
            nest = PanelNest.of(problem, tile)
            assert nest.packing_cycles() >= least
            assert nest.cycles() >= tile.cycles() + least
            checked += 1
    assert checked > 10


def test_few_nests_are_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of register tiles, those that cannot be best are only weighed."""
    statement, mappings, machine = mapped("mk,kn->mn", "avx512")
    made: list[PanelNest] = []
    of = PanelNest.of

    def counted(problem: Problem, tile: object) -> PanelNest:
        made.append(of(problem, tile))  # pyright: ignore[reportArgumentType]
        return made[-1]

    monkeypatch.setattr(default.PanelNest, "of", counted)
    assert best_way(statement, mappings, machine, bound=inf) is not None
    assert len(made) < 200
