"""The matcher: every way in which a kernel's statement is made of instances of an instruction's.

First the bodies are unified, which binds the instruction's operands to the kernel's; then every
assignment of the kernel's axes to the instruction's that obeys the rules is a mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from xdsl.ir import Attribute

from .assignments import Assignments, Groups
from .forms import Form, form_for
from .normalize import normal_form
from .parameters import Values, parameters_in, settings, with_parameters
from .rejection import Rejection
from .statement import Apply, Constant, Operand, Statement
from .unify import Binding, bound_inputs, explain_mismatch, explain_roots, unify_accesses


@dataclass(frozen=True)
class Mapping:
    """How an instruction computes a kernel.

    `operands[j]` is the kernel's input that the instruction's input `j` stands for
    (`len(kernel.inputs)` is the kernel's output, read before it is written). `groups[d]` are the
    kernel's axes that make up the instruction's axis `d`, outer to inner, as the digits of a mixed
    radix number; axes in no group are loops outside. With `clear` the instruction accumulates, but
    the kernel does not: the accumulator starts from the identity. `full_rank` says that every axis
    of the instruction has a kernel axis and that no group leaves an operand that its axis indexes
    untouched. The lanes of the axes `exact` must all be filled: zeros would change the result.
    `parameters` are the values of the instruction's parameters.
    """

    instruction: str
    operands: tuple[int, ...]
    groups: tuple[tuple[str, ...], ...]
    clear: bool = False
    full_rank: bool = False
    exact: tuple[int, ...] = ()
    parameters: tuple[tuple[str, Constant], ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many mappings there are, all and of full rank; orders inside groups do not count."""

    total: int
    full_rank: int


@dataclass(frozen=True)
class MatchResult:
    """The mappings of one kernel on one instruction, and what stood in the way of more."""

    instruction: str
    mappings: tuple[Mapping, ...]
    rejections: tuple[Rejection, ...]

    @property
    def counts(self) -> Counts:
        """How many mappings there are."""
        return Counts(len(self.mappings), sum(mapping.full_rank for mapping in self.mappings))


def by_result(instructions: dict[str, Statement]) -> dict[Attribute, dict[str, Statement]]:
    """Instructions by the type of their result: only those for a kernel's own can have a mapping."""
    found: dict[Attribute, dict[str, Statement]] = {}
    for name, instruction in instructions.items():
        found.setdefault(instruction.output.element, {})[name] = instruction
    return found


def may_match(kernel: Statement, instruction: Statement) -> bool:
    """Whether there can be a mapping: a quick look, which spares most instructions the search."""
    ours, theirs = normal_form(kernel).statement, normal_form(instruction).statement
    if isinstance(form_for(ours, theirs, through_output=False), Rejection):
        return False
    mine, other = ours.body, theirs.body
    if isinstance(mine, Apply) and isinstance(other, Apply):
        differ = mine.op != other.op and not parameters_in(other)
    else:
        differ = False
    types = [access.element for access in ours.inputs]
    return not differ and all(access.element in types for access in theirs.inputs)


@lru_cache(maxsize=4096)
def find_mappings(
    kernel: Statement, instruction: Statement, name: str, through_output: bool = False
) -> MatchResult:
    """Find every mapping of a kernel on an instruction called `name`.

    With `through_output` an instruction that overwrites its result may also accumulate: then it
    reads the kernel's output as one of its inputs. The assignment of no axis at all is only given
    when there is no other.
    """
    results = [
        _find(kernel, with_parameters(instruction, flags), name, through_output, flags)
        for flags in settings(instruction.body)
    ]
    if len(results) == 1:
        return results[0]
    mappings = dict.fromkeys(mapping for result in results for mapping in result.mappings)
    rejections = dict.fromkeys(why for result in results for why in result.rejections)
    return MatchResult(name, tuple(mappings), tuple(rejections))


def _find(
    kernel: Statement, instruction: Statement, name: str, through_output: bool, flags: Values
) -> MatchResult:
    """Find the mappings on an instruction whose flags are set."""
    ours, theirs = normal_form(kernel).statement, normal_form(instruction).statement
    form = form_for(ours, theirs, through_output)
    if isinstance(form, Rejection):
        return MatchResult(name, (), (form,))
    bindings = unify_accesses(form.kernel, theirs)
    if not bindings:
        why = explain_mismatch(form.kernel, theirs)
        if why.rule == "operator":  # if it shows at once, say it in the user's own spelling
            why = explain_roots(kernel, instruction) or why
        return MatchResult(name, (), (why,))
    matchers = [_Matcher(form, instruction, name, binding, flags) for binding in bindings]
    mappings = [mapping for matcher in matchers for mapping in matcher.mappings()]
    if not mappings:
        mappings = [mapping for matcher in matchers for mapping in matcher.empty()]
    rejections = dict.fromkeys(
        why for matcher in matchers for why in matcher.assignments.rejections
    )
    return MatchResult(name, tuple(mappings), tuple(rejections))


def find_axes(
    kernel: Statement, instruction: Statement, name: str, operands: Sequence[int]
) -> tuple[Mapping, ...]:
    """The mappings of a kernel on an instruction made for it: the same body on these of its inputs."""
    binding = Binding({index: Operand(own) for index, own in enumerate(operands)})
    matcher = _Matcher(Form(normal_form(kernel).statement), instruction, name, binding, {})
    return tuple(matcher.mappings()) or tuple(matcher.empty())


class _Matcher:
    """Finds the mappings for one binding of operands."""

    def __init__(
        self, form: Form, instruction: Statement, name: str, binding: Binding, flags: Values
    ) -> None:
        self.form, self.name, self.axes = form, name, len(instruction.axes)
        self.parameters = tuple(sorted({**flags, **binding.parameters}.items(), key=itemgetter(0)))
        normal = normal_form(instruction)
        self.kept = normal.kept
        needle = with_parameters(normal.statement, binding.parameters)
        self.assignments = Assignments(form, needle, bound_inputs(binding))

    def mappings(self) -> Iterator[Mapping]:
        """The mappings with some axes."""
        return map(self._mapping, self.assignments.legal())

    def empty(self) -> Iterator[Mapping]:
        """The mapping with all axes outside, if it is one."""
        return map(self._mapping, self.assignments.empty())

    def _mapping(self, groups: Groups) -> Mapping:
        named: list[tuple[str, ...]] = [()] * self.axes
        for lane, group in zip(self.kept, groups, strict=True):
            named[lane] = tuple(self.form.kernel.axes[axis].name for axis in group)
        return Mapping(
            self.name,
            self.assignments.operands,
            tuple(named),
            self.form.clear,
            self.assignments.is_full_rank(groups),
            tuple(self.kept[lane] for lane in self.assignments.exact),
            self.parameters,
        )
