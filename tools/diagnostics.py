"""Turn exceptions into messages: one place, one form, for every tool.

file:line:col: error: what is wrong
  the source line
  ^
hint: what to do about it
"""

import os
import sys
import traceback
from argparse import ArgumentParser
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import NoReturn

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr
from xdsl.ir import Operation
from xdsl.utils.exceptions import (
    ArgSpecParseError,
    DiagnosticException,
    MultipleSpansParseError,
    ParseError,
)
from xdsl.utils.lexer import Span

from ..dialects.errors import UserError, blamed_operation, did_you_mean, location_of
from ..runtime.garbage import seldom_collected
from .entry import INTERRUPTED


class InternalError(Exception):
    """A fault of the compiler itself.

    Args:
        message: What failed, with the underlying exception in words.
        location: The place that was being compiled, if known.
        hint: Where the reproducer lies.
    """

    def __init__(
        self, message: str, location: FileLineColLoc | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.location = location
        self.hint = hint


@dataclass(frozen=True)
class Diagnostic:
    """One message about one place in the source."""

    message: str
    severity: str = "error"
    file: str | None = None
    line: int = 0
    """Counted from 1; 0 when only the file is known."""
    column: int = 0
    """Counted from 1."""
    source: str | None = None
    """The line of the source, if it can be had."""
    width: int = 1
    """How many characters the caret underlines."""
    notes: tuple["Diagnostic", ...] = field(default=())
    hint: str | None = None

    def __str__(self) -> str:
        """Return the text to print, without a newline at its end."""
        place = "" if self.file is None else f"{self.file}:"
        if self.line:
            place += f"{self.line}:{self.column}:"
        lines = [f"{place} {self.severity}: {self.message}".lstrip()]
        if self.source is not None:
            before = self.source[: self.column - 1]
            pad = "".join("\t" if char == "\t" else " " for char in before)
            room = max(1, len(self.source) - len(before))
            lines += [f"  {self.source}", f"  {pad}{'^' * max(1, min(self.width, room))}"]
        lines += [str(note) for note in self.notes]
        if self.hint is not None:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


def diagnose(error: BaseException, sources: Mapping[str, str] | None = None) -> Diagnostic:
    """Return the message for an exception.

    Args:
        error: Anything that a tool may raise.
        sources: Texts by the name they were read under, for those that are not files.
    """
    sources = sources or {}
    match error:
        case UserError():
            return _at(error.message, error.location, sources, hint=error.hint)
        case InternalError():
            message = f"internal error: {error}"
            return _at(message, error.location, sources, hint=error.hint)
        case ParseError():
            return _of_parse_error(error)
        case ArgSpecParseError():
            return _of_pipeline_error(error)
        case DiagnosticException():
            return _at(str(error), _blamed_location(error), sources)
        case OSError() if error.strerror is not None:
            return Diagnostic(error.strerror, file=_file_name(error))
        case RecursionError():
            return Diagnostic("the input is nested too deeply")
        case MemoryError():
            return Diagnostic(f"there is not enough memory: {error}".rstrip(": "))
        case _:
            message = f"internal error: {describe(error)}"
            hint = "this is a fault of the compiler; --debug shows the traceback"
            return _at(message, _blamed_location(error), sources, hint=hint)


def describe(error: BaseException) -> str:
    """Return an unforeseen exception in words."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def run_tool(
    main: Callable[[], int | None],
    *,
    debug: bool = False,
    sources: Mapping[str, str] | None = None,
) -> int:
    """Run a tool's main function; any exception becomes one message on stderr.

    Args:
        main: Returns the exit status; None means success.
        debug: Also print the traceback.
        sources: As for `diagnose`; read when an error has happened, so `main` may fill it.

    Returns:
        The exit status: 1 after an error.
    """
    try:
        with seldom_collected():
            return main() or 0
    except SystemExit as leaving:  # argparse, after --help
        return leaving.code if isinstance(leaving.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, ArgSpecParseError) as error:
        if debug:
            traceback.print_exc()
        print(diagnose(error, sources), file=sys.stderr)
        return 1


@contextmanager
def errors_of_file(file: str) -> Generator[None]:
    """Let errors in the contents of a file that do not say where name the file."""
    try:
        yield
    except UserError as error:
        place = FileLineColLoc(StringAttr(file), IntAttr(0), IntAttr(0))
        raise UserError(error.message, error.location or place, error.hint) from error


class ToolArgumentParser(ArgumentParser):
    """Reports a bad command line like every other error."""

    def error(self, message: str) -> NoReturn:
        """Raise the message as an error of the user's."""
        hint = None
        if message.startswith("unrecognized arguments: -"):
            option = message.split()[2].partition("=")[0]
            hint = did_you_mean(option, self._option_string_actions)
        raise UserError(message, hint=hint or f"{self.prog} --help lists the options")


def _blamed_location(error: BaseException) -> FileLineColLoc | None:
    """Return the place of the operation that an exception is about."""
    op: Operation | None = blamed_operation(error)
    return None if op is None else location_of(op)


def _file_name(error: OSError) -> str | None:
    """Return the file that an operating system error is about."""
    return None if error.filename is None else os.fsdecode(error.filename)


def _at(
    message: str,
    location: FileLineColLoc | None,
    sources: Mapping[str, str],
    hint: str | None = None,
) -> Diagnostic:
    """Return a message about a location, with its source line."""
    if location is None:
        return Diagnostic(message, hint=hint)
    file, line, column = location.filename.data, location.line.data, location.column.data
    source = _source_line(file, line, sources) if line else None
    return Diagnostic(
        message, file=file, line=line, column=column, source=source, width=1, hint=hint
    )


def _source_line(file: str, line: int, sources: Mapping[str, str]) -> str | None:
    """Return a line of a text, None when it cannot be had (any more)."""
    if file in sources:
        lines = sources[file].split("\n")
        return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None
    try:
        with open(file, encoding="utf-8") as stream:
            return next(islice(stream, max(line, 1) - 1, None), "").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        return None


def _of_parse_error(error: ParseError) -> Diagnostic:
    """Return the message for a syntax error, with the other places it mentions as notes."""
    notes: tuple[Diagnostic, ...] = ()
    if isinstance(error, MultipleSpansParseError):
        text = error.ref_text or "see here"
        notes = tuple(_of_span(span, note or text, "note") for span, note in error.refs)
    return _of_span(error.span, error.msg, "error", notes)


def _of_span(
    span: Span[str] | Span[bytes], message: str, severity: str, notes: tuple[Diagnostic, ...] = ()
) -> Diagnostic:
    """Return a message about a piece of a text that has been parsed."""
    place, text = span.get_location(), span.input.content
    begin, end = span.input.get_start_of_line(span.start), span.input.get_end_of_line(span.start)
    line = text[begin:end]
    source = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
    return Diagnostic(
        " ".join(message.split()).rstrip("!"),
        severity,
        file=place.file,
        line=place.line,
        column=place.col,
        source=source.rstrip("\r"),
        width=span.end - span.start,
        notes=notes,
    )


def _of_pipeline_error(error: ArgSpecParseError) -> Diagnostic:
    """Return the message for a pipeline that cannot be read; xDSL gives only its finished text."""
    place, source, caret, message = str(error).splitlines()[1:5]
    column = int(place.rpartition(":")[2])
    return Diagnostic(
        message.strip(),
        file="--passes",
        line=1,
        column=column,
        source=source,
        width=len(caret.strip()),
        hint='a path stands in quotes: plan="plans/a.txt"' if "Unknown token" in message else None,
    )
