"""Neutral elements: numbers with which an operator changes nothing, not even a NaN or a sign."""

from __future__ import annotations

from math import inf

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from .expression import Constant


def neutral(op: str, type_: Attribute) -> Constant | None:
    """The number with which an operator changes nothing, not even signed zeros and NaNs."""
    match op:
        case "arith.addf":
            return Constant(-0.0, type_)
        case "arith.mulf":
            return Constant(1.0, type_)
        case "arith.maximumf" | "arith.minimumf":
            return Constant(-inf if op == "arith.maximumf" else inf, type_)
        case "arith.addi" | "arith.ori" | "arith.xori":
            return Constant(0, type_)
        case "arith.muli":
            return Constant(1, type_)
        case "arith.andi":
            return Constant(-1, type_)
        case "arith.maxsi" | "arith.minsi" if isinstance(type_, IntegerType):
            half = 1 << (type_.bitwidth - 1)
            return Constant(-half if op == "arith.maxsi" else half - 1, type_)
        case _:
            return None


def right_neutral(op: str, type_: Attribute) -> Constant | None:
    """The same for operators that are not commutative: the number as their second argument."""
    match op:
        case "arith.shli" | "arith.shrsi" | "arith.shrui" | "arith.subi":
            return Constant(0, type_)
        case "arith.subf":
            return Constant(0.0, type_)
        case "arith.divsi" | "arith.divui":
            return Constant(1, type_)
        case "arith.divf":
            return Constant(1.0, type_)
        case _:
            return None
