"""Names in C: from the names that values carry, unique where they are visible."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from .c_functions import FUNCTIONS

_KEYWORDS = """
    alignas alignof asm auto bool break case char const constexpr continue default do double else
    enum extern false float for goto if inline int long main nullptr register restrict return
    short signed sizeof static static_assert struct switch thread_local true typedef typeof
    union unsigned void volatile while
"""
MATH = (
    *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "copysign"),
    *("cos", "cosh", "erf", "exp", "exp2", "expm1", "fabs", "floor", "fma", "fmax", "fmin"),
    *("fmod", "log", "log10", "log1p", "log2", "pow", "rint", "round", "sin", "sinh", "sqrt"),
    *("tan", "tanh", "trunc"),
)
"""The functions of <math.h> that the text may call, in their form for doubles."""

_RESERVED = frozenset(
    (
        *_KEYWORDS.split(),
        *MATH,
        *(f"{name}f" for name in MATH),
        *("signbit", "memcpy", *FUNCTIONS),
    )
)


def identifier(text: str) -> str:
    """The C identifier nearest to a text: no keyword, none of the library, none that C reserves."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII)
    if not name or name[0].isdigit() or name[0] == "_":
        name = f"x{name}"
    is_type = re.fullmatch(r"u?int\d+_t|U?INT\d+_(C|MIN|MAX)", name) is not None
    return f"{name}_" if name in _RESERVED or is_type else name


class Names:
    """The names in use, by block: a name is free again at the end of the block that took it."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._blocks: list[set[str]] = [set(reserved)]
        self._numbers: list[dict[tuple[str, tuple[str, ...]], int]] = [{}]

    def take(self, hint: str | None, default: str, suffixes: Sequence[str] = ("",)) -> str:
        """A name near `hint` that is not in use, or near `default` when there is no hint.

        With `suffixes` it is a stem: no name made of it and one of them is in use.
        """
        stem = identifier(hint or default)
        key = (stem, tuple(suffixes))
        # Numbers that were in use are so until the end of the block: the search goes on from there.
        number = next((known[key] for known in reversed(self._numbers) if key in known), 0)
        name = f"{stem}_{number}" if number else stem
        while any(f"{name}{suffix}" in b for b in self._blocks for suffix in ("", *suffixes)):
            number += 1
            name = f"{stem}_{number}"
        self._numbers[-1][key] = number
        self._blocks[-1].update((name, *(f"{name}{suffix}" for suffix in suffixes)))
        return name

    @contextmanager
    def block(self) -> Generator[None]:
        """Names taken in here are free again afterwards."""
        self._blocks.append(set())
        self._numbers.append({})
        yield
        self._blocks.pop()
        self._numbers.pop()
