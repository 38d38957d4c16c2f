"""Records of plans that were tried: one line of JSON each, appended, and found again by what they are for.

A file of records is only ever appended to, a whole line at a time, by any number of processes; two
files are merged by writing one after the other. What cannot be read, such as a line that was torn
when a computer went down, is passed over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from hashlib import sha256
from math import isfinite
from pathlib import Path
from platform import machine, processor
from typing import Any

from ..binary.digest import digest_of
from ..dialects.isa import TargetOp
from ..mapping.access import Access
from ..mapping.statement import Statement
from .compiler_digest import DIGITS, compiler_digest
from .surroundings import Surroundings

OK = "ok"
"""The status of a plan that was carried out and computed what it should."""

RUN = ("measured", "simulated")
"""The costs that come from running a plan: only such records choose plans."""


@dataclass(frozen=True)
class Record:
    """A plan that was tried.

    Attributes:
        key: What it is for, see `key_of`.
        point: The plan as a point of its space. schedule: The same as text.
        model: Where the cost comes from: `measured`, `simulated`, ...
        status: `ok`, or what went wrong. reason: More about that, in words.
        cost: Seconds or cycles of the whole kernel, as `unit` says; None if that is not known.
        ratio: The cost over that of the kernel with the default plan of this statement.
        bytes: What goes to and comes from each memory, where that is known.
        features: What a learned model may look at.
        kernel: Of which kernel that is the cost, as a digest: others may have the statement too.
        strategy: Who asked for it. seed: With which seed.
        compiler: What compiled it, see `compiler_digest`.
        cpu: The computer. time: When, in seconds since 1970.
    """

    key: str
    point: Mapping[str, str | int]
    schedule: str
    model: str
    status: str = OK
    reason: str = ""
    cost: float | None = None
    unit: str = "seconds"
    ratio: float | None = None
    bytes: Mapping[str, float] = field(default_factory=dict[str, float])
    features: Mapping[str, float] = field(default_factory=dict[str, float])
    kernel: str = ""
    strategy: str = ""
    seed: int = 0
    compiler: str = ""
    cpu: str = ""
    time: float = 0.0

    @property
    def is_valid(self) -> bool:
        """Whether the plan was run and was right."""
        return self.status == OK and self.model in RUN and self.cost is not None

    @property
    def is_exact(self) -> bool:
        """Whether this very compiler made it: then the plan gives the same code, byte by byte.

        Otherwise it is a plan like those that are written by hand, and its cost a hint.
        """
        return self.compiler == compiler_digest()

    def line(self) -> str:
        """The record as a line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":")) + "\n"

    @classmethod
    def of_line(cls, line: str) -> Record | None:
        """The record that a line holds; None if it holds none."""
        try:
            values: Any = json.loads(line)
            known = {one.name for one in fields(cls)}
            found = cls(**{name: value for name, value in values.items() if name in known})
        except (ValueError, TypeError, AttributeError):
            return None
        kinds = {name: kind for kind, names in _KINDS.items() for name in names.split()}
        is_sound = all(isinstance(getattr(found, name), kind) for name, kind in kinds.items())
        return found if is_sound and all(map(_is_number, (found.cost, found.ratio))) else None


_KINDS: dict[type, str] = {
    str: "key schedule model status reason unit kernel strategy compiler cpu",
    dict: "point bytes features",
    int: "seed",
}
"""Of what type the values of a record are; others may have got into a file by hand."""


def _is_number(value: object) -> bool:
    """Whether a value is a finite number, or not known."""
    return value is None or (isinstance(value, int | float) and isfinite(value))


def append(path: Path, records: Iterable[Record]) -> None:
    """Append records to a file, which is made if need be, in one write of whole lines.

    Raises:
        OSError: The file cannot be written.
    """
    import fcntl  # which not every system has, and only writers need

    data = "".join(record.line() for record in records).encode()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            data = b"\n" + data  # what tore the last line must not tear this one
        while data:
            data = data[os.write(file, data) :]
    finally:
        os.close(file)


def read(path: Path) -> Iterator[Record]:
    """The records of a file, oldest first; none if there is no such file.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.split("\n"):
        record = Record.of_line(line) if line.strip() else None
        if record is not None:
            yield record


def best_records(records: Iterable[Record], key: str) -> list[Record]:
    """The records of the plans that were run for a key and were right, the best first.

    Of one plan the last record counts, of this compiler if there is one. Records of this computer
    come before those of others, those of this compiler before those of another.
    """
    last: dict[str, Record] = {}
    for one in records:
        if one.key == key and one.model in RUN:
            known = last.get(str(one.point))
            if known is None or one.is_exact or not known.is_exact:
                last[str(one.point)] = one
    valid = [one for one in last.values() if one.is_valid]
    return sorted(valid, key=lambda one: (one.cpu != cpu_name(), not one.is_exact, *_order(one)))


def _order(record: Record) -> tuple[bool, float]:
    """By what records are compared: those without a ratio come last."""
    value = record.ratio if record.ratio is not None else record.cost
    return record.ratio is None, value if value is not None else float("inf")


def of_machine(records: Iterable[Record], key: str) -> list[Record]:
    """The records of all statements on the machine of a key; those of other machines tell nothing of it."""
    machine = key.rpartition("-")[2]
    return [one for one in records if one.key.rpartition("-")[2] == machine]


def key_of(statement: Statement, around: Surroundings, target: TargetOp, threads: int) -> str:
    """What a record is for: the statement with its surroundings, and the machine.

    The text of the statement has the names of its axes, which plans use, and not those of operands.
    """
    around_text = f"{around.repeats} {around.taken} {threads}" + "".join(
        f" {dict(guard.factors)} {guard.offset} {guard.bound}" for guard in around.guards
    )
    workload = digest(f"{statement_text(statement)}\n{around_text}")
    return f"{workload}-{digest_of(target)[:DIGITS]}"


def statement_text(statement: Statement) -> str:
    """A statement in canonical form: equal for statements that have the same plans."""
    axes = " ".join(
        f"{axis.name}{'+' if axis.reduction else '='}{axis.extent}" for axis in statement.axes
    )
    operands = "\n".join(_operand_text(access) for access in statement.operands())
    flags = f"{statement.combine} {statement.guarded} {statement.overwrites}"
    return f"{axes}\n{operands}\n{flags}\n{statement.body}"


def _operand_text(access: Access) -> str:
    """An operand: where each of its elements lies, and what it is."""
    place = access.matrix, access.offset, access.shape, access.strides, access.bounded
    return f"{access.element} {access.memory} {place}"


def digest(text: str) -> str:
    """The first digits of a text's SHA-256."""
    return sha256(text.encode()).hexdigest()[:DIGITS]


@cache
def cpu_name() -> str:
    """The name of this computer's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return processor() or machine()
