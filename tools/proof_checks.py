"""What `isa-prove` checks: mappings by execution, the matcher by brute force, samples by lowering."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from math import prod
from random import Random
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, i16, i32

from ..dialects.errors import UserError
from ..dialects.machines import find_target
from ..dialects.plan import MAPPINGS
from ..mapping.definition import assignments, is_mapping
from ..mapping.execute import execute
from ..mapping.match import MatchResult, find_mappings
from ..mapping.statement import Statement, statement_of
from ..mapping.transform import RULES
from ..mapping.transform.program import Compute, Program
from ..mapping.transform.rewrite import Hints, Rewrite
from ..mapping.transform.run import run as run_program
from ..passes.compile import CompilePass
from ..passes.map_instructions import MapInstructionsPass
from ..runtime.build import MissingCompilerError
from ..runtime.interpret import interpret
from ..runtime.module import CompiledKernel, load
from ..runtime.pipeline import Lowered, parse, run
from .proof_cases import Formula, kernel_text, machine_text

Array: TypeAlias = NDArray[Any]

MOST_ASSIGNMENTS = 729
"""The largest space of assignments that the matcher is compared with by brute force."""

MOST_POINTS = 2000
"""The largest kernel that rules are proved on."""

SECOND = 2
"""How many of the rewritten programs are rewritten once more."""

SPECIAL = 0.1
"""The share of floats that are special, in every other case; integers are of all sizes."""

SPECIALS = (np.nan, np.inf, -np.inf, -0.0)
"""Floats that are not like others."""

_DTYPES = {"f32": "f4", "f64": "f8", "i32": "i4", "i8": "i1", "u8": "i1"}


@dataclass(frozen=True)
class Wrong(Exception):
    """Something that does not hold, with the case that shows it."""

    what: str

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Case:
    """A kernel and an instruction, and data for the kernel."""

    kernel: Formula
    instruction: Formula
    seed: int

    @cached_property
    def module(self) -> ModuleOp:
        """The machine and the kernel."""
        return parse(machine_text(self.instruction) + kernel_text(self.kernel))

    @cached_property
    def statements(self) -> tuple[Statement, Statement]:
        """The kernel's and the instruction's statement."""
        target = find_target("drawn", self.module)
        needle = statement_of(target.instructions["drawn_one"].statement)
        for op in self.module.walk():
            if isinstance(op, linalg.ops.GenericOp) and op.results:
                return statement_of(op), needle
        raise AssertionError("the kernel has a statement")

    @cached_property
    def found(self) -> MatchResult:
        """What the matcher says."""
        return find_mappings(*self.statements, "drawn_one")

    @cached_property
    def arrays(self) -> list[Array]:
        """The values of the output before, and of the inputs: all of the type's for integers."""
        random = np.random.default_rng(self.seed)
        return [self._draw(random, i) for i in range(len(self.kernel.subscripts))]

    def _draw(self, random: np.random.Generator, operand: int) -> Array:
        kind = np.dtype(_DTYPES[self.kernel.types[operand - 1]])
        shape = self.kernel.shape(operand)
        if kind.kind == "f":
            usual = random.integers(-4, 5, shape).astype(kind)
            is_special = random.random(shape) < SPECIAL * (self.seed % 2)
            return np.where(is_special, random.choice(SPECIALS, shape).astype(kind), usual)
        info = np.iinfo(kind)
        values = random.integers(info.min, info.max, shape, dtype=np.int64, endpoint=True)
        extreme = random.random(shape) < 0.2
        return np.where(extreme, info.min, values).astype(kind)

    @cached_property
    def expected(self) -> Array:
        """The result by NumPy: all points at once, in wide numbers, then wrapped around."""
        kernel = self.kernel
        points = np.indices(tuple(kernel.extents.values())).reshape(len(kernel.extents), -1)
        at = dict(zip(kernel.extents, points, strict=True))
        places = [
            tuple(
                sum((c * at[axis] for c, axis in dim), np.zeros(points.shape[1], int)) for dim in d
            )
            for d in kernel.subscripts
        ]
        term: Array = np.ones(points.shape[1], np.int64)
        for array, place, type_ in zip(self.arrays[1:], places[1:], kernel.types, strict=False):
            bits = array.view(np.uint8) if type_ == "u8" else array
            wide = bits[place].astype(np.float64 if array.dtype.kind == "f" else np.int64)
            term = term * wide
        out = self.arrays[0]
        wrapped = term.astype(out.dtype)
        place = np.zeros(points.shape[1], int)
        for index, size in zip(places[0], out.shape, strict=True):
            place = place * size + index
        result = out.reshape(-1).copy()
        (np.maximum if kernel.combine == "max" else np.add).at(result, place, wrapped)
        return result.reshape(out.shape)

    @property
    def text(self) -> str:
        """The case in words."""
        return f"seed {self.seed}: {self.kernel.text} on {self.instruction.text}"

    def check_mappings(self, do: Callable[..., Array] = execute) -> int:
        """Execute every mapping; return how many there are."""
        for mapping in self.found.mappings:
            got = do(*self.statements, mapping, self.arrays[1:], self.arrays[0])
            self._compare(got, f"executed {mapping}")
        return len(self.found.mappings)

    def check_reason(self) -> bool:
        """Whether there is no mapping; then there must be a reason."""
        if self.found.mappings:
            return False
        if not self.found.rejections or not self.found.rejections[0].text:
            raise Wrong(f"{self.text}: rejected without a reason")
        return True

    def check_brute_force(self) -> bool:
        """Compare the matcher with the definition on all assignments, if that is not too much."""
        kernel, needle = self.statements
        axes = [axis.name for axis in kernel.axes]
        if not self._is_plain() or (len(needle.axes) + 1) ** len(axes) > MOST_ASSIGNMENTS:
            return False
        found = {(m.operands, tuple(map(frozenset, m.groups))) for m in self.found.mappings}
        for operands in permutations(range(len(kernel.inputs))):
            for groups in assignments(axes, len(needle.axes)):
                known = (operands, tuple(map(frozenset, groups))) in found
                if not known and any(groups) and is_mapping(kernel, needle, operands, groups):
                    raise Wrong(f"{self.text}: overlooked {operands}, {groups}")
        return True

    def _is_plain(self) -> bool:
        """Whether the definition says all: sums of products of one type, no unit axes."""
        kernel, needle = self.statements
        types = {access.element for one in (kernel, needle) for access in one.operands()}
        sums = any(len(dim) > 1 for dims in self.instruction.subscripts for dim in dims)
        both = (self.kernel, self.instruction)
        return (
            len(types) == 1
            and not sums
            and all(formula.combine == "add" for formula in both)
            and all(extent > 1 for formula in both for extent in formula.extents.values())
            and len(kernel.inputs) == len(needle.inputs) == 2
        )

    def _compare(self, got: Array, how: str) -> None:
        same = np.array_equal(got, self.expected, equal_nan=got.dtype.kind == "f")
        if not same or np.any((np.signbit(got) != np.signbit(self.expected)) & (got == 0)):
            raise Wrong(f"{self.text}: wrong numbers, {how}")

    def check_rewrites(self, random: Random) -> int:
        """Execute what the rules make of the kernel, and of some of that; return how many programs.

        The rules know the drawn instruction.
        """
        kernel, needle = self.statements
        if points_of(self.kernel) > MOST_POINTS:
            return 0
        named = replace(kernel, output=replace(kernel.output, name="result"))
        first = Program((Compute(named, kernel.output.name),), frozenset({"result"}))
        lanes = tuple(axis.extent for axis in needle.axes if axis.extent > 1)
        elements = dict.fromkeys((*(access.element for access in needle.inputs), i16, i32))
        hints = Hints(lanes, tuple(elements), (needle,))
        values = (self.arrays[0], *self.arrays[1:])
        names = (kernel.output.name, *(access.name for access in kernel.inputs))
        given = dict(zip(names, values, strict=True))
        made = list(_rewrites(first, hints))
        for one in random.sample(made, min(len(made), SECOND)):
            made += _rewrites(one.program, hints)
        for one in made:
            self._compare(run_program(one.program, given)["result"], f"rewritten: {one.text}")
        return len(made)

    def check_lowering(self, target: str, index: float, in_c: bool) -> bool:
        """Lower one of the mappings on a machine and run it; False where there is none.

        `index` in [0, 1) says which; `in_c` runs portable C, otherwise the interpreter does.
        """
        mapped = mapped_module(self.module, target)
        ops = [op for op in mapped.walk() if MAPPINGS in op.attributes]
        attribute = ops[0].attributes[MAPPINGS]
        assert isinstance(attribute, ArrayAttr)
        mapping = attribute.data[int(index * len(attribute.data))]
        ops[0].attributes[MAPPINGS] = ArrayAttr([mapping])
        how = f"lowered with {mapping}"
        try:
            lowered = lower_rest(mapped, target)
        except UserError as error:
            raise Wrong(f"{self.text}: cannot be {how}: {error}") from error
        if lowered is None:
            return False
        if not in_c:
            self._compare(interpret(lowered, "kernel", self.arrays)[-1], how)
            return True
        machine = find_target(target, lowered)
        kernel = CompiledKernel(self.module, Lowered(lowered, (), machine), "kernel", True, 1, None)
        try:
            got = load(kernel)(*self.arrays)
        except MissingCompilerError:
            return False
        assert isinstance(got, np.ndarray)
        self._compare(got, f"{how}, in C")
        return True


def _rewrites(program: Program, hints: Hints) -> Iterator[Rewrite]:
    """Everything that the rules make of the statements of a program."""
    for at, _ in program.computes():
        for rule in RULES.values():
            for outcome in rule(program, at, hints):
                if isinstance(outcome, Rewrite):
                    yield outcome
                elif not outcome.text:
                    raise Wrong("a rule refuses without a reason")


def mapped_module(module: ModuleOp, target: str) -> ModuleOp:
    """The module after `map-instructions` with all candidates."""
    copy = module.clone()
    for stage in CompilePass(target=target).stages():
        everything = isinstance(stage, MapInstructionsPass)
        run(copy, [replace(stage, limit=1 << 20) if everything else stage])
        if everything:
            break
    return copy


def lower_rest(mapped: ModuleOp, target: str) -> ModuleOp | None:
    """The module after all that follows `map-instructions`; None where there is no plan yet."""
    stages = CompilePass(target=target).stages()
    names = [stage.name for stage in stages]
    rest = stages[names.index(MapInstructionsPass.name) + 1 :]
    try:
        run(mapped, rest)
    except UserError as error:
        if "can be carried out" in str(error):
            return None
        raise
    return mapped


def points_of(formula: Formula) -> int:
    """How many points a statement has."""
    return prod(formula.extents.values())
