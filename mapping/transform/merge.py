"""T7 and T10: merge statements that do the same with a shared operand.

T10 joins them along an axis that the shared operand lacks (the gates of a GRU, Q K V):

    r[i] += x[k] * R[k,i];  z[i] += x[k] * Z[k,i]
    ->  W[k,0:n] = R, W[k,n:2n] = Z;   t[i] += x[k] * W[k,i]

T7 stacks them along an axis of their own (the time steps of an RNN's input product):

    a[i] += W[i,k] * x[k];  b[i] += W[i,k] * y[k]
    ->  X[0,k] = x, X[1,k] = y;   t[s,i] += W[i,k] * X[s,k]

Readers read the parts of `t` by an offset. The statements must be the same but for the values that
they read, and none may depend on another. Every result is the same sum in the same order: nothing
about the numbers changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..expression import Operand
from ..statement import ASSIGN, Access, Axis, Statement
from .inline import read_through
from .program import Compute, Opaque, Program, Step, fresh_axis
from .rewrite import Hints, Outcome, Refusal, Rewrite


def merge(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Merge a statement with all later ones that are like it: joined along an axis, or stacked."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    if step.statement.is_copy or step.statement.guarded or isinstance(step.start, str):
        yield Refusal("it is no statement of its own")
        return
    if step.statement.output.own_axes is None:
        yield Refusal("its elements are not all written, each at its own place")
        return
    family = _Family.of(program, at)
    if len(family.members) < 2:
        yield Refusal("no other statement does the same with a shared operand")
        return
    text = f"{len(family.members)} statements that share {family.shared_names} are"
    for axis in family.joinable():
        name = family.like.axes[axis].name
        yield Rewrite(family.merged(axis), f"{text} joined along {name}")
    yield Rewrite(family.merged(None), f"{text} stacked")


@dataclass(frozen=True)
class _Family:
    """Statements to merge: their positions and what they are; all but `own` inputs are shared."""

    program: Program
    members: tuple[int, ...]
    statements: tuple[Statement, ...]

    @classmethod
    def of(cls, program: Program, at: int) -> _Family:
        """The family of a statement: those after it that are like it and independent."""
        first = program.steps[at]
        assert isinstance(first, Compute)
        members, statements = [at], [first.statement]
        for other, step in program.computes():
            if other > at and _is_alike(first, step):
                late = _dependent(program, members, other)
                if late is not None and step not in late:
                    members.append(other)
                    statements.append(step.statement)
        return cls(program, tuple(members), tuple(statements))

    @property
    def like(self) -> Statement:
        """The first of the statements."""
        return self.statements[0]

    @property
    def own(self) -> list[int]:
        """The inputs that differ from member to member."""
        inputs = range(len(self.like.inputs))
        return [i for i in inputs if len({s.inputs[i].name for s in self.statements}) > 1]

    @property
    def shared_names(self) -> str:
        """The names of the shared inputs."""
        names = [a.name for i, a in enumerate(self.like.inputs) if i not in self.own]
        return ", ".join(sorted(set(names)))

    def joinable(self) -> Iterator[int]:
        """The axes that output and own operands have as a dimension, and nothing shared has."""
        for axis in range(len(self.like.axes)):
            parts = [*(self.like.inputs[i] for i in self.own), self.like.output]
            rest = [a for i, a in enumerate(self.like.inputs) if i not in self.own]
            whole = all(self._dimension(part, axis) is not None for part in parts)
            if whole and not any(a.touches(axis) for a in rest):
                yield axis

    def _dimension(self, access: Access, axis: int) -> int | None:
        """The dimension that the axis is the whole of; None if there is none."""
        dims = [dim for dim, row in enumerate(access.matrix) if row[axis]]
        if len(dims) != 1 or sum(map(bool, access.matrix[dims[0]])) != 1:
            return None
        whole = access.shape[dims[0]] == self.like.axes[axis].extent and not access.offset[dims[0]]
        return dims[0] if whole and access.matrix[dims[0]][axis] == 1 else None

    def merged(self, axis: int | None) -> Program:
        """The program with one statement for all members, joined along an axis or stacked."""
        program, like, count = self.program, self.like, len(self.members)
        new: list[Step] = []
        inputs = list(like.inputs)
        for index in self.own:
            parts = [statement.inputs[index] for statement in self.statements]
            name = program.fresh(f"{parts[0].name}_merged")
            dim = None if axis is None else self._dimension(parts[0], axis)
            new += _gathered(program, parts, name, dim)
            inputs[index] = _whole(parts[0], name, dim, count)
        dim = None if axis is None else self._dimension(like.output, axis)
        output = _whole(like.output, program.fresh(f"{like.output.name}_merged"), dim, count)
        axes = list(like.axes)
        if axis is not None:
            axes[axis] = replace(axes[axis], extent=axes[axis].extent * count)
            statement = replace(like, axes=tuple(axes), inputs=tuple(inputs), output=output)
        else:
            every = range(len(inputs))
            stacked = [_stacked(inputs[i], i in self.own) for i in every]
            axes.insert(0, Axis(fresh_axis(axes, "t"), count, False))
            statement = replace(
                like,
                axes=tuple(axes),
                inputs=tuple(stacked),
                output=_stacked(output, True),
            )
        first = program.steps[self.members[0]]
        assert isinstance(first, Compute)
        new.append(Compute(statement, first.start))
        parts = [
            _part(own.output, output.name, output.shape, dim, member)
            for member, own in enumerate(self.statements)
        ]
        return self._replaced([*new, *parts], parts)

    def _replaced(self, new: list[Step], parts: list[Compute]) -> Program:
        """The program with `new` for the members; readers read through the `parts`."""
        program, last = self.program, self.members[-1]
        late = _dependent(program, self.members, last) or []
        before = [s for i, s in enumerate(program.steps[:last]) if i not in self.members]
        steps = [s for s in before if s not in late]
        after = [s for s in before if s in late] + list(program.steps[last + 1 :])
        for part in parts:
            after = [
                replace(s, statement=read_through(s.statement, part.statement))
                if isinstance(s, Compute) and part.name != s.start
                else s
                for s in after
            ]
        return replace(program, steps=(*steps, *new, *after)).pruned()


def _is_alike(one: Compute, other: Compute) -> bool:
    """Whether two statements are the same but for the values, of which they share some."""
    a, b = one.statement, other.statement
    pairs = list(zip(a.inputs, b.inputs, strict=False))
    same = [x.name == y.name for x, y in pairs]
    return one.start == other.start and _nameless(a) == _nameless(b) and any(same) and not all(same)


def _nameless(statement: Statement) -> Statement:
    """The statement without names."""
    return replace(
        statement,
        axes=tuple(replace(axis, name="") for axis in statement.axes),
        inputs=tuple(replace(access, name="") for access in statement.inputs),
        output=replace(statement.output, name=""),
    )


def _dependent(
    program: Program, members: list[int] | tuple[int, ...], last: int
) -> list[Step] | None:
    """The steps up to `last` that need a member's result; None if one has other effects."""
    tainted = {name for i in members for name in program.steps[i].writes}
    late: list[Step] = []
    for index in range(members[0] + 1, last + 1):
        step = program.steps[index]
        if index not in members and tainted & set(step.reads):
            if isinstance(step, Opaque) and not step.writes:
                return None
            late.append(step)
            tainted |= set(step.writes)
    return late


def _shape(shape: tuple[int, ...], dim: int | None, count: int) -> tuple[int, ...]:
    """The shape of `count` parts joined along a dimension, or stacked."""
    if dim is None:
        return (count, *shape)
    return (*shape[:dim], shape[dim] * count, *shape[dim + 1 :])


def _whole(part: Access, name: str, dim: int | None, count: int) -> Access:
    """The access of the joined value; what is stacked gets its first dimension from `_stacked`."""
    return replace(part, name=name, shape=_shape(part.shape, dim, count))


def _stacked(access: Access, own: bool) -> Access:
    """The access when a new first axis indexes what a member has of its own."""
    rows = tuple((0, *row) for row in access.matrix)
    if not own:
        return replace(access, matrix=rows)
    count = len(access.matrix[0]) if access.matrix else 0
    return replace(access, matrix=((1, *(0,) * count), *rows), offset=(0, *access.offset))


def _gathered(program: Program, parts: list[Access], name: str, dim: int | None) -> list[Step]:
    """The copies that put the parts into one value."""
    shape = _shape(parts[0].shape, dim, len(parts))
    steps: list[Step] = []
    start: str | None = None
    for member, part in enumerate(parts):
        target = name if member == len(parts) - 1 else f"{name}_part{member}"
        copy = _part(part, name, shape, dim, member).statement
        into = replace(copy.inputs[0], name=target)
        from_ = replace(copy.output, name=part.name)
        steps.append(Compute(replace(copy, inputs=(from_,), output=into), start))
        start = target
    return steps


def _part(
    part: Access, whole: str, shape: tuple[int, ...], dim: int | None, member: int
) -> Compute:
    """The copy of a member's part out of a joined or stacked value."""
    rank = len(part.shape)
    identity = tuple(tuple(int(i == j) for j in range(rank)) for i in range(rank))
    axes = tuple(Axis(f"i{i}", extent, False) for i, extent in enumerate(part.shape))
    own = Access(part.name, part.element, identity, (0,) * rank, part.shape)
    if dim is None:
        rows, first = ((0,) * rank, *identity), (member, *(0,) * rank)
    else:
        rows = identity
        first = tuple(member * part.shape[dim] if i == dim else 0 for i in range(rank))
    from_ = Access(whole, part.element, rows, first, shape)
    return Compute(Statement(axes, (from_,), own, ASSIGN, Operand(0)))
