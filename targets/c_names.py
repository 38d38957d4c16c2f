"""Names in C: from the names that values carry, unique where they are visible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

_KEYWORDS = frozenset(
    "auto bool break case char const continue default do double else enum extern float for goto if inline int long "
    "register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while "
    "main true false asm typeof signbit".split()
)


def identifier(text: str) -> str:
    """The C identifier nearest to a text."""
    name = re.sub(r"\W", "_", text)
    return f"_{name}" if not name or name[0].isdigit() or name in _KEYWORDS else name


class Names:
    """The names in use, by block: a name is free again at the end of the block that took it."""

    def __init__(self, reserved: tuple[str, ...] = ()) -> None:
        self._blocks: list[set[str]] = [set(reserved)]

    def take(self, hint: str | None, default: str) -> str:
        """A name near `hint` that is not in use, or near `default` when there is no hint."""
        stem = identifier(hint or default)
        name, number = stem, 1
        while any(name in block for block in self._blocks):
            name, number = f"{stem}_{number}", number + 1
        self._blocks[-1].add(name)
        return name

    @contextmanager
    def block(self) -> Iterator[None]:
        """Names taken in here are free again afterwards."""
        self._blocks.append(set())
        yield
        self._blocks.pop()
