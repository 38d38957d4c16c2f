"""How the attributes of the dialect are written: the pieces that several of them share."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DictionaryAttr
from xdsl.ir import Attribute
from xdsl.parser import AttrParser


def keyword(parser: AttrParser, word: str) -> None:
    """Parse `, word =`."""
    parser.parse_punctuation(",")
    parser.parse_keyword(word)
    parser.parse_punctuation("=")


def strings(parser: AttrParser) -> list[str]:
    """Parse `["a", "b"]`."""
    return parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_str_literal)


def dictionary(parser: AttrParser) -> dict[str, Attribute]:
    """Parse `{name = value, ...}`."""
    found = parser.parse_attribute()
    if not isinstance(found, DictionaryAttr):
        parser.raise_error("expected the values of parameters, such as {shift = 5 : i32}")
    return dict(found.data)


def quoted(words: Sequence[str]) -> str:
    """The text that `strings` parses."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
