"""Machines that build on others: `isa.include`, and parts with those that are included."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from xdsl.dialects.builtin import IntegerAttr, StringAttr
from xdsl.ir import Operation
from xdsl.irdl import IRDLOperation, irdl_op_definition, prop_def
from xdsl.utils.exceptions import VerifyException

from ..errors import UserError, location_of
from .resources import MemoryOp

if TYPE_CHECKING:
    from .target import TargetOp

_Part = TypeVar("_Part", bound=Operation)


@irdl_op_definition
class IncludeOp(IRDLOperation):
    """The parts of another machine, a shipped name or the path of a file, as parts of this one.

    A path is relative to the file that the include stands in, or else to the working directory.
    Its features, headers and flags are this machine's too. A memory, unit or instruction of the
    same name replaces the included one; it must be of the same kind, and registers keep their
    size. Where two included machines describe a name differently, this one must describe it. An
    integer attribute of this machine replaces that of the same name in what it includes.

    ```mlir
    isa.target @more attributes {features = ["avx512bw"]} {
      isa.include "avx512"
      isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64,
        c.types = {f32 = "__m512", f64 = "__m512d", i32 = "__m512i", i8 = "__m512i"}}
    }
    ```
    """

    name = "isa.include"

    source = prop_def(StringAttr)

    assembly_format = "$source attr-dict"

    def __init__(self, source: str) -> None:
        super().__init__(properties={"source": StringAttr(source)})

    @property
    def target(self) -> TargetOp:
        """The included machine.

        Raises:
            UserError: There is none, or it includes itself.
        """
        from ..machines import load_machine

        return load_machine(self.source.data, self._folder())

    def _folder(self) -> Path:
        """The folder of the file that the operation stands in."""
        place = location_of(self)
        return Path(place.filename.data).parent if place is not None else Path()


def included_targets(target: TargetOp) -> tuple[TargetOp, ...]:
    """The machines that one includes, in order."""
    block = target.body.block
    return _included_targets(target, block.first_op, block.last_op)


@lru_cache(maxsize=64)
def _included_targets(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> tuple[TargetOp, ...]:
    """Look for the machines once, as `_all_parts` does for parts."""
    numbers = tuple((n, a) for n, a in target.attributes.items() if isinstance(a, IntegerAttr))
    includes = (op for op in target.body.block.ops if isinstance(op, IncludeOp))
    return tuple(_specialised(op.target, numbers) for op in includes)


@lru_cache(maxsize=64)
def _specialised(target: TargetOp, numbers: tuple[tuple[str, IntegerAttr], ...]) -> TargetOp:
    """A machine with other numbers in the place of its own integer attributes of the same names."""
    new = {name: number for name, number in numbers if name in target.attributes}
    if all(target.attributes[name] == number for name, number in new.items()):
        return target
    clone = target.clone()
    clone.attributes.update(new)
    return clone


def all_parts(target: TargetOp) -> Mapping[str, Operation]:
    """The parts of a machine by name: first those that it includes, then its own."""
    block = target.body.block
    return _all_parts(target, block.first_op, block.last_op)


@lru_cache(maxsize=64)
def _all_parts(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> Mapping[str, Operation]:
    """Collect the parts once: every invocation of an instruction asks for them.

    A description grows only at its ends, which the key tells.
    """
    parts: dict[str, Operation] = {}
    for other in included_targets(target):
        parts |= all_parts(other)
    return parts | _own_parts(target)


def parts_around(part: Operation, kind: type[_Part]) -> Mapping[str, _Part]:
    """The parts of one kind of the machine around a part, by name; none outside of a machine."""
    from .target import TargetOp

    around = part.parent_op()
    return parts_of(around, kind) if isinstance(around, TargetOp) else {}


def parts_of(target: TargetOp, kind: type[_Part]) -> Mapping[str, _Part]:
    """The parts of one kind by name, in their order."""
    block = target.body.block
    found = _parts_of(target, kind, block.first_op, block.last_op)
    return cast("Mapping[str, _Part]", found)


@lru_cache(maxsize=256)
def _parts_of(
    target: TargetOp, kind: type[Operation], first: Operation | None, last: Operation | None
) -> Mapping[str, Operation]:
    """Collect the parts of one kind once, as `_all_parts` does with all."""
    return {name: op for name, op in all_parts(target).items() if isinstance(op, kind)}


def verify_parts(target: TargetOp) -> None:
    """Check that the parts of a machine and of what it includes fit together.

    Raises:
        VerifyException: An included machine is not there, two of them differ in a part, or a part
            replaces one of another kind.
    """
    own = _own_parts(target)
    known: dict[str, tuple[str, Operation]] = {}
    for other in _loaded(target):
        for name, part in all_parts(other).items():
            first, before = known.setdefault(name, (other.symbol, part))
            if before is not part and name not in own:
                raise VerifyException(
                    f"@{first} and @{other.symbol} describe @{name} differently: "
                    f"describe it in @{target.symbol}"
                )
            if name in own:
                _verify_replacement(own[name], part, other.symbol)


def _loaded(target: TargetOp) -> tuple[TargetOp, ...]:
    """The machines that one includes, with the errors of a verifier."""
    try:
        return included_targets(target)
    except UserError as error:
        hint = f"; {error.hint}" if error.hint else ""
        raise VerifyException(f"{error.message}{hint}") from error


def _verify_replacement(new: Operation, old: Operation, where: str) -> None:
    """Check a part that replaces an included one."""
    name = _symbol(new)
    if new.name != old.name:
        raise VerifyException(
            f"@{name} is '{old.name}' in @{where}, '{new.name}' cannot replace it"
        )
    if (
        isinstance(new, MemoryOp)
        and isinstance(old, MemoryOp)
        and (new.kind, new.bytes) != (old.kind, old.bytes)
    ):
        raise VerifyException(
            f"@{name} must keep kind and bytes of the memory in @{where} that it replaces"
        )


def _own_parts(target: TargetOp) -> dict[str, Operation]:
    """The parts that stand in a description itself.

    Raises:
        UserError: Two of them have one name.
    """
    parts: dict[str, Operation] = {}
    for op in target.body.block.ops:
        if isinstance(op, IncludeOp):
            continue
        first = parts.setdefault(_symbol(op), op)
        if first is not op:
            place = location_of(first)
            raise UserError(
                f"'{op.name}' and '{first.name}' have the same name, @{_symbol(op)}",
                op,
                None if place is None else f"the other one is in line {place.line.data}",
            )
    return parts


def _symbol(op: Operation) -> str:
    """The name of a part."""
    name = op.properties.get("sym_name")
    if isinstance(name, StringAttr):
        return name.data
    return f"{op.name} {', '.join(map(str, op.properties.values()))}"
