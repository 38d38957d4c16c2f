"""Read MLIR text such that every operation knows the file, line and column it came from."""

import re
from dataclasses import replace

from xdsl.context import Context
from xdsl.dialects.builtin import (
    FileLineColLoc,
    IntAttr,
    ModuleOp,
    StringAttr,
    UnknownLoc,
    UnregisteredOp,
)
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.parser.generic_parser import ParserState
from xdsl.utils.exceptions import ParseError, VerifyException
from xdsl.utils.lexer import Input, Span, Token
from xdsl.utils.mlir_lexer import (
    KIND_BY_PUNCTUATION_SPELLING,
    MLIRLexer,
    MLIRToken,
    MLIRTokenKind,
)

from .dominance import verify_dominance
from .errors import UserError, blamed_operation, did_you_mean

_OPERATION_START = (
    MLIRTokenKind.PERCENT_IDENT,
    MLIRTokenKind.BARE_IDENT,
    MLIRTokenKind.STRING_LIT,
)

_PARSER_FAULTS = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError)
"""What parsers of operations, xDSL's among them, let through when an operation is malformed."""


class LinearLexer(MLIRLexer):
    """xDSL's lexer, whose time for a string without its closing quote is exponential, mended.

    The commonest tokens are found by one pattern.
    """

    _common_regex = re.compile(
        r"(?:\s++|//[^\n]*+)*+"
        r"(?:(?P<name>[a-zA-Z_][\w$.]*+)|(?P<value>%(?:[0-9]++|[a-zA-Z$._-][\w$.-]*+))"
        r"|(?P<sign>->|\{(?!-#)|[:,()}\[\]<>=+*?|]))",
        re.ASCII,
    )
    _unescaped_characters_regex = re.compile(r'"(?:[^"\\\n\v\f]++|\\(?:["nt\\]|[0-9A-Fa-f]{2}))*+"')

    def lex(self) -> MLIRToken:
        """Return the next token."""
        found = self._common_regex.match(self.input.content, self.pos)
        if found is None:
            return super().lex()
        group = found.lastgroup or ""
        start, self.pos = found.span(group)
        kind = _COMMON_KINDS.get(group) or KIND_BY_PUNCTUATION_SPELLING[found["sign"]]
        return Token(kind, Span(start, self.pos, self.input))


_COMMON_KINDS = {"name": MLIRTokenKind.BARE_IDENT, "value": MLIRTokenKind.PERCENT_IDENT}
"""Kinds of tokens by the group that is found; those of punctuation depend on what it is."""


class LocatingParser(Parser):
    """xDSL's parser, which also gives each operation without a `loc(...)` its place in the text.

    Args:
        context: The dialects that the text may use.
        text: The MLIR text.
        name: What to call the text in messages: its path.
        line_offset: How many lines of the file stand above this text.
    """

    def __init__(self, context: Context, text: str, name: str, line_offset: int = 0) -> None:
        super().__init__(context, "", name)
        self._parser_state = ParserState(LinearLexer(Input(text, name)))
        self._text = text
        self._name = StringAttr(name)
        self._line = self._first_line = line_offset + 1
        self._counted = 0

    def parse_optional_operation(self) -> Operation | None:
        """Parse an operation, if one stands here, and note where it starts."""
        if self._current_token.kind not in _OPERATION_START:
            return None
        start = self._current_token.span
        location = self._location(start.start)
        try:
            op = self.parse_operation()
        except VerifyException as error:  # raised by a type or attribute, which knows no place
            raise ParseError(start, str(error)) from error
        except _PARSER_FAULTS as error:
            message = f"this operation cannot be parsed ({type(error).__name__}: {error})"
            raise ParseError(start, message) from error
        if isinstance(op.location, UnknownLoc):
            op.location = location
        return op

    def _get_op_by_name(self, name: str) -> type[Operation]:
        """Return an operation's class; an unknown name is reported where it stands."""
        found = self.ctx.get_optional_op(name, dialect_stack=self._parser_state.dialect_stack)
        at = self._text.rfind(name, 0, self._current_token.span.start)
        generic = self._text[at - 1 : at] == '"'
        if found is not None and (generic or not issubclass(found, UnregisteredOp)):
            return found
        dialect = name.partition(".")[0]
        message = f"unknown operation '{name}'"
        if hint := did_you_mean(name, self._known_operations(dialect)):
            message += f", {hint}"
        self.raise_error(message, at, at + len(name))

    def _known_operations(self, dialect: str) -> list[str]:
        """Return the operations of a dialect, or the dialects if there is no such one."""
        registered = self.ctx.registered_dialect_names
        if dialect not in registered:
            return list(registered)
        return [op.name for op in self.ctx.get_dialect(dialect).operations]

    def parse_module(self, allow_implicit_module: bool = True) -> ModuleOp:
        """Parse the whole text; a value that is never defined is reported where it is used."""
        try:
            return super().parse_module(allow_implicit_module)
        except ParseError as error:
            if error.msg.startswith("values used but not defined"):
                self._reject_undefined()
            if error.msg.startswith("Could not parse entire input"):
                is_left = self._current_token.kind is not MLIRTokenKind.EOF
                found = "" if is_left else ", but nothing follows"
                raise ParseError(error.span, f"expected an operation{found}") from error
            raise

    def _reject_undefined(self) -> None:
        """Raise the error for the first use of an undefined value."""
        uses = [
            (op.location.line.data, op.location.column.data, name)
            for name, values in self.forward_ssa_references.items()
            for value in values.values()
            for op in (use.operation for use in value.uses)
            if isinstance(op.location, FileLineColLoc) and op.location.filename == self._name
        ]
        if not uses:
            return
        line, column, name = min(uses)
        lines_above = self._text.split("\n")[: line - self._first_line]
        start = sum(len(above) + 1 for above in lines_above) + column - 1
        if at := re.compile(rf"%{re.escape(name)}(?![\w$.-])").search(self._text, start):
            self.raise_error(f"value %{name} is used but not defined", at.start(), at.end())

    def _location(self, position: int) -> FileLineColLoc:
        """Return the place of a position; operations start ever further down the text."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        column = position - self._text.rfind("\n", 0, position)
        return FileLineColLoc(self._name, IntAttr(self._line), IntAttr(column))


def read_module(
    context: Context,
    text: str,
    name: str,
    *,
    line_offset: int = 0,
    implicit_module: bool = True,
    verify: bool = True,
) -> ModuleOp:
    """Parse and verify MLIR text.

    Raises:
        ParseError: The text is not MLIR; the error's span says where.
        UserError: The operations do not verify; the error's location says which.
    """
    parser = LocatingParser(context, text, name, line_offset)
    try:
        module = parser.parse_module(implicit_module)
    except ParseError as error:
        error.span = replace(error.span, line_offset=line_offset)
        raise
    if verify:
        try:
            verify_module(module)
        except VerifyException as error:
            raise UserError(verify_message(error), blamed_operation(error)) from error
    return module


def verify_message(error: VerifyException) -> str:
    """Return what the verifier found as one line that names the operation."""
    message = " ".join(str(error).split())
    op = blamed_operation(error)
    return message if op is None or op.name in message else f"'{op.name}': {message}"


def verify_module(module: ModuleOp) -> None:
    """Run xDSL's verifier and check dominance; raises `VerifyException`."""
    module.verify()
    verify_dominance(module)


def decode_text(data: bytes, name: str) -> str:
    """Return the text of a file's bytes; a `UserError` says where they are not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8")) + 1
        place = FileLineColLoc(StringAttr(name), IntAttr(line), IntAttr(column))
        raise UserError(f"not UTF-8 text: byte 0x{data[error.start]:02x}", place) from error
