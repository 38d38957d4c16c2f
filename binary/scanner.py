"""Reads one line of assembly text from left to right; errors know the column."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

from ..dialects.errors import UserError, did_you_mean
from .instance import source_of
from .syntax import PLAIN_NAME

_Item = TypeVar("_Item")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|[0-9]+)(?!\w)")
_BLANK = re.compile(r"(?:\s|//.*)*")
_MOST_DIGITS = 1000


class Scanner:
    """A line of text and how far it has been read.

    Args:
        text: The line.
        file: The name of its file.
        line: Its number, counted from 1.
    """

    def __init__(self, text: str, file: str, line: int) -> None:
        self.text, self.file, self.line = text, file, line
        self.position = 0
        self._skip()
        self.begin = self.position

    @property
    def at_end(self) -> bool:
        """Whether nothing is left but blanks and a comment."""
        return self.position >= len(self.text)

    def take(self, pattern: re.Pattern[str], what: str) -> str:
        """Take what a pattern matches here.

        Raises:
            UserError: It does not match; `what` is expected.
        """
        found = self.accept(pattern)
        return self.fail(f"expected {what}") if found is None else found

    def accept(self, pattern: re.Pattern[str]) -> str | None:
        """Take what a pattern matches here, if it does."""
        match = pattern.match(self.text, self.position)
        if match is None:
            return None
        self.position = match.end()
        self._skip()
        return match[0]

    def accept_text(self, text: str) -> bool:
        """Take a text if it stands here."""
        if not self.text.startswith(text, self.position):
            return False
        self.position += len(text)
        self._skip()
        return True

    def expect(self, text: str) -> None:
        """Take a text that must stand here."""
        if not self.accept_text(text):
            self.fail(f"expected '{text}'")

    def name(self, what: str) -> str:
        """Take a name, which may be in quotes."""
        begin = self.position
        quoted = self.accept(_STRING)
        if quoted is None:
            return self.take(PLAIN_NAME, what)
        try:
            return json.loads(quoted)
        except ValueError:
            return self.fail("this string is malformed", at=begin)

    def integer(self, what: str) -> int:
        """Take an integer, decimal or hexadecimal."""
        begin = self.position
        text = self.take(_INTEGER, what)
        if len(text) > _MOST_DIGITS:
            self.fail("this number is too long", at=begin)
        return int(text, 16 if "x" in text.lower() else 10)

    def items(self, end: str, item: Callable[[], _Item]) -> list[_Item]:
        """Take items with commas between them, up to an end."""
        found: list[_Item] = []
        if self.accept_text(end):
            return found
        while True:
            found.append(item())
            if self.accept_text(end):
                return found
            self.expect(",")

    def unknown(self, what: str, name: str, known: Iterable[str], at: int) -> NoReturn:
        """Raise the error for a name that is not known."""
        self.fail(f"unknown {what} '{name}'", did_you_mean(name, known), at)

    def fail(self, message: str, hint: str | None = None, at: int | None = None) -> NoReturn:
        """Raise an error about this place or another one of the line."""
        column = (self.position if at is None else at) + 1
        raise UserError(message, source_of((self.file, self.line, column)), hint)

    def _skip(self) -> None:
        """Go past blanks and a comment."""
        match = _BLANK.match(self.text, self.position)
        self.position = self.position if match is None else match.end()
