"""The errors that are the user's to mend, and the place in the source that each is about.

Every layer may raise `UserError`; the tools print it as one message with file, line and column.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from types import TracebackType

from xdsl.dialects.builtin import FileLineColLoc
from xdsl.ir import Operation
from xdsl.utils.exceptions import DiagnosticException


class UserError(DiagnosticException):
    """Something in the user's input is wrong: what, where, and what would be right.

    Args:
        message: One line without a full stop, in the user's own names.
        location: The place that the message is about; an operation stands for its own place.
        hint: What to do about it, for instance `did_you_mean(name, names)`.
    """

    def __init__(
        self,
        message: str,
        location: FileLineColLoc | Operation | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.location = location_of(location) if isinstance(location, Operation) else location
        self.hint = hint


def location_of(op: Operation) -> FileLineColLoc | None:
    """Return the place of an operation, or of the nearest operation around it that has one."""
    around: Operation | None = op
    while around is not None:
        if isinstance(around.location, FileLineColLoc):
            return around.location
        around = around.parent_op()
    return None


def blamed_operation(error: BaseException) -> Operation | None:
    """Return the operation that a verifier or `op.emit_error` was looking at when it raised.

    xDSL's errors do not carry their operation, but their tracebacks do.
    """
    looking = (Operation.verify.__code__, Operation.emit_error.__code__)
    found: Operation | None = None
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in looking:
            found = traceback.tb_frame.f_locals["self"]
        traceback = traceback.tb_next
    return found


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the hint that names the nearest known name, or lists a few when none is near."""
    names = list(known)
    if near := get_close_matches(name, names, n=1, cutoff=0.6):
        return f"did you mean '{near[0]}'?"
    if 0 < len(names) <= 12:
        return "known: " + ", ".join(names)
    return None
