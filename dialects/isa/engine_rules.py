"""What makes operations right that engines execute; each rule has an error of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation

from ..errors import UserError
from .rules import fail, unknown

if TYPE_CHECKING:
    from .issue import IssueOp, SetOp
    from .program import InvokeOp
    from .target import TargetOp


def check_set(op: SetOp) -> None:
    """Raise `VerifyException` where the setting of a configuration breaks a rule."""
    from .words import ConfigurationOp

    target = machine_of(op, op.configuration)
    part = _part(target, op.configuration)
    if not isinstance(part, ConfigurationOp):
        fail(f"{op.configuration} is no configuration")
    check_engines(op, target, part.unit_name)


def check_issue(op: IssueOp) -> None:
    """Raise `VerifyException` where an instruction that computes nothing breaks a rule."""
    from .words import ControlOp

    target = machine_of(op, op.control)
    part = _part(target, op.control)
    if not isinstance(part, ControlOp):
        fail(f"{op.control} is no instruction that computes nothing")
    check_engines(op, target, part.unit_name)


def _part(target: TargetOp, symbol: SymbolRefAttr) -> Operation:
    """The part of a machine that a symbol means."""
    names = [name.data for name in symbol.nested_references.data]
    found = target.lookup(names[-1]) if len(names) == 1 else None
    if found is None:
        known = [*target.configurations, *target.controls]
        unknown(f"part {symbol} of the machine", names[-1] if names else "", known)
    return found


def machine_of(op: InvokeOp | SetOp | IssueOp, symbol: SymbolRefAttr) -> TargetOp:
    """The machine that the root of a symbol means."""
    from ..machines import target_of

    try:
        return target_of(op, symbol)
    except UserError as error:
        fail(error.message + (f"; {error.hint}" if error.hint else ""))


def check_engines(op: InvokeOp | SetOp | IssueOp, target: TargetOp, unit: str) -> None:
    """Check that the engines are those of the machine, and that the right one executes it."""
    own = target.engines_of[unit]
    if op.engine is not None and op.engine not in own:
        unknown(f"engine '{op.engine}' of unit @{unit}", op.engine, own)
    for other in (*op.waits, *op.signals):
        if other not in target.engines:
            unknown(f"engine '{other}'", other, target.engines)
