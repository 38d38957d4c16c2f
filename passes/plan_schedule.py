"""`plan-schedule`: give every statement with candidate mappings one schedule.

Takes statements on memrefs with `plan.mappings`; gives the same statements with a `plan.schedule`: the default plan,
the one that a file says, or the best that was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from xdsl.context import Context
from xdsl.dialects import linalg, scf
from xdsl.dialects.builtin import ArrayAttr, ModuleOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.parser import Parser
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import ParseError

from ..dialects.errors import UserError, location_of
from ..dialects.isa import TargetOp, ViewOp
from ..dialects.machines import find_target
from ..dialects.plan import MAPPINGS, SCHEDULE, MappingAttr, Plan, ScheduleAttr
from ..mapping.statement import Statement, statement_of
from ..planning.borders import Guard
from ..planning.default import default_schedule
from ..planning.epilogue import Led, epilogue_schedule
from ..planning.surroundings import ALWAYS, Surroundings
from .constant_arguments import ConstantBuffers, constant_buffers, constants_around
from .effects import written_buffers
from .epilogues import EPILOGUE, following_epilogue
from .globals import constant_of_global
from .linear_form import constant_range
from .tile_statements import PARALLEL
from .window import Window, base_of, touched

if TYPE_CHECKING:  # only plans from records need it
    from ..planning.space.plan_space import PlanSpace


@dataclass(frozen=True)
class PlanSchedulePass(ModulePass):
    """Give every statement with candidate mappings one schedule.

    `target` names the machine, `threads` lets the outermost loop run in parallel, `plan` names a file with one
    `#plan.schedule<...>` per statement, in their order; without it each statement gets the default plan, or the best
    of those in the file of records of `isa-tune` that `records` names. A statement that has a schedule keeps it.

    ```mlir
    isa.import @scalar from "scalar"
    %a, %b = "test.op"() : () -> (memref<64xf32>, memref<64xf32>)
    linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
        ins(%a : memref<64xf32>) outs(%b : memref<64xf32>) attrs = {kernel.axes = ["n"],
          plan.mappings = [#plan.mapping<@scalar::@expression, inputs = [0], axes = []>]} {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
    ```
    """

    name = "plan-schedule"

    target: str = "host"
    plan: str | None = None
    threads: int = 1
    records: str | None = None

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Plan every statement that has mappings."""
        if self.threads < 1:
            raise UserError(f"option 'threads' is {self.threads}, but at least 1 is needed")
        machine = find_target(self.target, op, ctx)
        statements = list(_statements(op))
        schedules = read_plan(ctx, Path(self.plan)) if self.plan is not None else None
        if schedules is not None and len(schedules) != len(statements):
            raise UserError(
                f"'{self.plan}' has {len(schedules)} schedules, the module has {len(statements)} statements"
            )
        recorded = Recorded(ctx, Path(self.records)) if self.records is not None else None
        constants = cache(constant_buffers)  # they stay the same while plans are made
        for index, statement in enumerate(statements):
            if schedules is not None:
                statement.attributes[SCHEDULE] = schedules[index]
            elif SCHEDULE not in statement.attributes:
                before = statements[index - 1] if index else None
                statement.attributes[SCHEDULE] = self._schedule(
                    statement, before, machine, recorded, constants
                )
            del statement.attributes[MAPPINGS]

    def _schedule(
        self,
        op: linalg.ops.GenericOp,
        before: linalg.ops.GenericOp | None,
        machine: TargetOp,
        recorded: Recorded | None,
        constants: ConstantBuffers,
    ) -> ScheduleAttr:
        """The plan of a statement; an epilogue's depends on the statement before it."""
        mappings = cast(ArrayAttr[MappingAttr], op.attributes[MAPPINGS]).data
        kernel = statement_of(op)
        leader = before.attributes.get(SCHEDULE) if before is not None else None
        if EPILOGUE in op.attributes and before is not None and isinstance(leader, ScheduleAttr):
            reads = [i for i, value in enumerate(op.inputs) if value is before.outputs[0]]
            led = Led(statement_of(before), leader)
            schedule = epilogue_schedule(kernel, reads, mappings, led, machine)
            if schedule is not None:
                return schedule
            del op.attributes[EPILOGUE]
        around = surroundings_of(op, kernel, constants)
        threads = threads_of(op, self.threads)
        if recorded is not None:
            found = recorded.best(kernel, mappings, machine, threads, around)
            if found is not None:
                return found
        try:
            return default_schedule(kernel, mappings, machine, threads, around)
        except UserError as error:
            error.location = error.location or location_of(op)
            raise


class Recorded:
    """The plans in a file of records.

    Args:
        ctx: What to parse them with.
        file: The file.

    Raises:
        UserError: There is no such file.
    """

    def __init__(self, ctx: Context, file: Path) -> None:
        from ..planning import records

        if not file.is_file():
            raise UserError(f"there is no file of records '{file}'", hint="isa-tune writes one")
        self._ctx, self._file = ctx, file
        self._records = list(records.read(file))

    def best(
        self,
        statement: Statement,
        mappings: Sequence[MappingAttr],
        machine: TargetOp,
        threads: int,
        around: Surroundings,
    ) -> ScheduleAttr | None:
        """The best plan for a statement; None if none was tried.

        One that this compiler recorded is followed word by word. One that another recorded is made anew by
        the same choices; where there are no such choices any more, it does not count.
        """
        from ..planning.records import best_records, key_of
        from ..planning.space.plan_space import PlanSpace

        if not self._records:
            return None
        space: PlanSpace | None = None
        for record in best_records(self._records, key_of(statement, around, machine, threads)):
            try:
                (schedule,) = parse_plan(self._ctx, record.schedule, str(self._file))
            except (ParseError, UserError, ValueError):
                continue
            if not record.is_exact:
                space = space or PlanSpace(statement, mappings, machine, threads, around)
                schedule = _made_anew(schedule, record.point, space)
            if schedule is not None and _instruction(schedule, machine) is not None:
                return schedule
        return None


def _made_anew(
    old: ScheduleAttr, point: Mapping[str, str | int], space: PlanSpace
) -> ScheduleAttr | None:
    """The plan that a space has for a point; None where it has none, or the point meant another mapping."""
    if not space.contains(point):
        return None
    new = space.schedule(point)
    is_same = (new.mapping.instruction, new.mapping.axes) == (
        old.mapping.instruction,
        old.mapping.axes,
    )
    return new if is_same else None


def _instruction(schedule: ScheduleAttr, machine: TargetOp) -> Operation | None:
    """The instruction of a schedule on a machine; None if it has none of that name."""
    return machine.lookup(schedule.mapping.instruction.nested_references.data[-1].data)


def surroundings_of(
    op: linalg.ops.GenericOp, kernel: Statement, constants: ConstantBuffers = constant_buffers
) -> Surroundings:
    """What surrounds a statement and matters for its plan."""
    same = constants_around(op, constants)
    return Surroundings(_repeats(op, same), _guards(op, kernel), following_epilogue(op) is not None)


def _repeats(op: linalg.ops.GenericOp, constants: Set[SSAValue]) -> tuple[int, ...]:
    """Per input, how often a statement is executed while the input stays the same."""
    found = [
        ALWAYS if constant_of_global(base) or base in constants else 1
        for base in map(base_of, op.inputs)
    ]
    loop = op.parent_op()
    while isinstance(loop, scf.ForOp):
        count, written = _iterations(loop), written_buffers(loop)
        found = [
            repeats
            if repeats == ALWAYS or base_of(value) in written or _moves_with(value, loop)
            else repeats * count
            for repeats, value in zip(found, op.inputs, strict=True)
        ]
        loop = loop.parent_op()
    return tuple(found)


def threads_of(op: Operation, threads: int) -> int:
    """How many of so many threads a statement may use: one in a loop whose iterations run on several."""
    around = op.parent_op()
    while around is not None and PARALLEL not in around.attributes:
        around = around.parent_op()
    return threads if around is None else 1


def _moves_with(value: SSAValue, loop: scf.ForOp) -> bool:
    """Whether an operand is another part of its buffer in every iteration."""
    variable = loop.body.block.args[0]
    return any(variable == term for form in Window.of(value).forms() for term, _ in form.terms)


def _iterations(loop: scf.ForOp) -> int:
    """How many iterations a loop has; 1 if that is not known."""
    return max(1, len(constant_range(loop) or ()))


def _guards(op: linalg.ops.GenericOp, kernel: Statement) -> tuple[Guard, ...]:
    """Which elements of a statement's operands exist."""
    names = [axis.name for axis in kernel.axes]
    found: list[Guard] = []
    for value, access in zip(op.inputs, kernel.inputs, strict=False):
        if isinstance(value.owner, ViewOp) and value.owner.is_guarded:
            window = touched(value, access, [axis.extent for axis in kernel.axes])
            for form, bound in window.guards:
                factors = {name: c for name, c in zip(names, form.dims, strict=True) if c}
                found.append(Guard(factors, form.constant, bound))
    return tuple(found)


def read_plan(ctx: Context, file: Path) -> list[ScheduleAttr]:
    """The schedules of a plan file: `[#plan.schedule<...>, ...]`, or one schedule alone.

    Raises:
        UserError: The file holds something else.
    """
    return parse_plan(ctx, file.read_text(encoding="utf-8"), str(file))


def parse_plan(ctx: Context, text: str, file: str) -> list[ScheduleAttr]:
    """The schedules of the text of a plan file; errors as for `read_plan`, in the file of that name."""
    ctx = ctx.clone()
    if ctx.get_optional_attr("plan.schedule") is None:
        ctx.load_dialect(Plan)
    parser = Parser(ctx, text, file)
    plan = parser.parse_attribute()
    entries = plan.data if isinstance(plan, ArrayAttr) else (plan,)
    schedules = [
        entry for entry in cast(Sequence[Attribute], entries) if isinstance(entry, ScheduleAttr)
    ]
    if len(schedules) != len(entries):
        raise UserError(f"'{file}' must hold one #plan.schedule<...> per statement, as a list")
    return schedules


def print_plan(schedules: Sequence[ScheduleAttr]) -> str:
    """The text of a plan file, one step per line; `read_plan` reads it."""
    parts: list[str] = []
    for schedule in schedules:
        steps = ",\n  ".join(step.text() for step in schedule.steps)
        parts.append(f"#plan.schedule<{schedule.mapping}, [\n  {steps}]>")
    return "[" + ",\n ".join(parts) + "]\n"


def _statements(module: ModuleOp) -> Iterator[linalg.ops.GenericOp]:
    """The statements that have candidate mappings."""
    for op in module.walk():
        if isinstance(op, linalg.ops.GenericOp) and isinstance(
            op.attributes.get(MAPPINGS), ArrayAttr
        ):
            yield op
