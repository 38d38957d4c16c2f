"""Attributes of linalg's operations: how operands are converted, and kinds of functions."""

from __future__ import annotations

from abc import ABC
from typing import Any

from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Data
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum

from .table import KINDS


class TypeFn(StrEnum):
    """Whether integers are converted by their sign or by zeros."""

    CAST_SIGNED = "cast_signed"
    CAST_UNSIGNED = "cast_unsigned"


ElementwiseKind = StrEnum("ElementwiseKind", {kind.upper(): kind for kind in KINDS})
"""The functions that `linalg.elementwise` offers."""


class _Bracketed(Data[Any], ABC):
    """A parameter in angle brackets."""

    @classmethod
    def parse_parameter(cls, parser: AttrParser) -> Any:
        """Parse `<...>`."""
        with parser.in_angle_brackets():
            return super().parse_parameter(parser)

    def print_parameter(self, printer: Printer) -> None:
        """Print `<...>`."""
        with printer.in_angle_brackets():
            super().print_parameter(printer)


@irdl_attr_definition
class TypeFnAttr(_Bracketed, EnumAttribute[TypeFn]):
    """`#linalg.type_fn<cast_unsigned>`."""

    name = "linalg.type_fn"


@irdl_attr_definition
class ElementwiseKindAttr(_Bracketed, EnumAttribute[ElementwiseKind]):
    """`#linalg.elementwise_kind<add>`."""

    name = "linalg.elementwise_kind"
