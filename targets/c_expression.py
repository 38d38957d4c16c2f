"""C types, literals and operators: how scalars and their arithmetic are written in C."""

from __future__ import annotations

import math

from xdsl.dialects.builtin import (
    BFloat16Type,
    Float32Type,
    Float64Type,
    IndexType,
    IntegerType,
    f32,
)
from xdsl.ir import Attribute

from ..dialects.errors import UserError
from .c_functions import bf16_bits
from .c_names import MATH

_FUNCTIONS = {
    **{f"math.{name}": name for name in MATH},
    "math.absf": "fabs",
    "math.powf": "pow",
    "math.roundeven": "rint",
    "arith.maxnumf": "fmax",
    "arith.minnumf": "fmin",
    "arith.remf": "fmod",
}
_INFIX = {
    **{"arith.addf": "+", "arith.subf": "-", "arith.mulf": "*", "arith.divf": "/"},
    **{"arith.divsi": "/", "arith.remsi": "%", "arith.shrsi": ">>"},
    **{"arith.andi": "&", "arith.ori": "|", "arith.xori": "^"},
    **{"arith.cmpi eq": "==", "arith.cmpi ne": "!=", "arith.cmpi slt": "<", "arith.cmpi sle": "<="},
    **{
        "arith.cmpi sgt": ">",
        "arith.cmpi sge": ">=",
        "arith.cmpf oeq": "==",
        "arith.cmpf une": "!=",
    },
    **{
        "arith.cmpf olt": "<",
        "arith.cmpf ole": "<=",
        "arith.cmpf ogt": ">",
        "arith.cmpf oge": ">=",
    },
}
_WRAPPING = {"arith.addi": "+", "arith.subi": "-", "arith.muli": "*", "arith.shli": "<<"}
_BITS = {"arith.addi": "!=", "arith.subi": "!=", "arith.muli": "&&"}
_UNSIGNED = {
    **{"arith.divui": "/", "arith.remui": "%", "arith.shrui": ">>"},
    **{
        "arith.cmpi ult": "<",
        "arith.cmpi ule": "<=",
        "arith.cmpi ugt": ">",
        "arith.cmpi uge": ">=",
    },
}
_SELECTIONS = {
    **{"arith.maxsi": ("{0} > {1}", "{s}"), "arith.minsi": ("{0} < {1}", "{s}")},
    **{
        "arith.maxui": ("({u}){0} > ({u}){1}", "{u}"),
        "arith.minui": ("({u}){0} < ({u}){1}", "{u}"),
    },
}
_UNORDERED = {
    **{
        "arith.cmpf ult": ">=",
        "arith.cmpf ule": ">",
        "arith.cmpf ugt": "<=",
        "arith.cmpf uge": "<",
    },
}
_SPECIAL = {
    "arith.cmpf ord": "({0} == {0} && {1} == {1})",
    "arith.cmpf uno": "({0} != {0} || {1} != {1})",
    "arith.cmpf one": "({0} < {1} || {0} > {1})",
    "arith.cmpf ueq": "!({0} < {1} || {0} > {1})",
    "arith.cmpf false": "0",
    "arith.cmpf true": "1",
    "arith.negf": "(-{0})",
    "arith.select": "({0} ? {1} : {2})",
    "arith.extsi": "(({t}){0})",
    "arith.trunci": "(({t}){0})",
    "arith.extf": "(({t}){0})",
    "arith.truncf": "(({t}){0})",
    "arith.sitofp": "(({t}){0})",
    "arith.fptosi": "(({t}){0})",
    "arith.index_cast": "(({t}){0})",
    "arith.fptoui": "(({t})({ut}){0})",
    "math.absi": "({0} < 0 ? ({t})(0 - ({ut}){0}) : {0})",
    "math.rsqrt": "(({t})1 / {sqrt}({0}))",
}
_EXTREMES = {"arith.maximumf": "maximum", "arith.minimumf": "minimum"}


def c_type(element: Attribute) -> str:
    """The C type of a scalar type.

    Raises:
        UserError: C has none.
    """
    if isinstance(element, Float32Type):
        return "float"
    if isinstance(element, Float64Type):
        return "double"
    if isinstance(element, BFloat16Type):
        return "uint16_t"
    if isinstance(element, IndexType):
        return "int64_t"
    if isinstance(element, IntegerType) and element.width.data == 1:
        return "bool"
    if isinstance(element, IntegerType) and element.width.data in (8, 16, 32, 64):
        return f"int{element.width.data}_t"
    raise UserError(
        f"elements of type {element} cannot be written in C; "
        "f32, f64, bf16, i8, i16, i32 and i64 can"
    )


def literal(value: float | int, element: Attribute) -> str:
    """A number as a C constant of a scalar type; floats are exact."""
    if isinstance(element, Float32Type | Float64Type):
        return _float_literal(float(value), "f" if isinstance(element, Float32Type) else "")
    if isinstance(element, BFloat16Type):
        return f"0x{bf16_bits(float(value)):04x}"
    width = element.width.data if isinstance(element, IntegerType) else 64
    if width == 1:
        return "true" if value else "false"
    half = 1 << (width - 1)
    number = (int(value) + half) % (2 * half) - half
    if number == -half and width >= 32:
        return f"INT{width}_MIN"
    return f"INT64_C({number})" if abs(number) >= 1 << 31 else str(number)


def _float_literal(number: float, suffix: str) -> str:
    """A float as a C constant: in decimal where that is short, else in hexadecimal."""
    if math.isnan(number):
        return "NAN"
    if math.isinf(number):
        return "-INFINITY" if number < 0 else "INFINITY"
    plain = f"{number!r}{suffix}"
    return plain if len(plain) < 12 else f"{number.hex()}{suffix}"


def apply(operator: str, arguments: list[str], result: Attribute, operand: Attribute) -> str:
    """An operator applied to C expressions that are names, constants or in parentheses.

    Args:
        operator: As `mapping.expression.operator_name` names it: `"arith.cmpi slt"`.
        arguments: The operands in C.
        result: The type of the result.
        operand: The type of the (last) operand.

    Raises:
        UserError: The operator has no C form.
    """
    if BFloat16Type() in (result, operand) and operator != "arith.select":
        return _through_floats(operator, arguments, result, operand)
    signed, is_bit = c_type(operand), c_type(result) == "bool"
    arguments = [f"({text})" if text.startswith("-") else text for text in arguments]
    names = {
        "t": c_type(result),
        "ut": _unsigned(result),
        "s": signed,
        "u": _unsigned(operand),
        "sqrt": _function("sqrt", result),
    }
    if operator in _INFIX:
        text = f"{{0}} {_INFIX[operator]} {{1}}"
        small = (
            isinstance(result, IntegerType)
            and result.width.data < 32
            and not operator.startswith("arith.cmp")
        )
        text = f"({{t}})({text})" if small else text
        return f"({text})".format(*arguments, **names)
    if operator in _BITS and is_bit:
        return f"({arguments[0]} {_BITS[operator]} {arguments[1]})"
    if operator == "arith.trunci" and is_bit:
        return f"(({arguments[0]} & 1) != 0)"
    if operator in ("arith.extsi", "arith.sitofp") and signed == "bool":
        return f"(({names['t']})-{arguments[0]})"
    if operator in _WRAPPING and isinstance(result, IndexType):
        return f"({arguments[0]} {_WRAPPING[operator]} {arguments[1]})"
    if operator in _WRAPPING:
        wide = (
            "uint32_t"
            if isinstance(result, IntegerType) and result.width.data < 32
            else f"u{names['t']}"
        )
        return (
            f"({names['t']})(({wide}){arguments[0]} {_WRAPPING[operator]} ({wide}){arguments[1]})"
        )
    if operator in _UNSIGNED:
        text = f"({{t}})(({{u}}){{0}} {_UNSIGNED[operator]} ({{u}}){{1}})"
        return text.format(*arguments, **names)
    if operator in _SELECTIONS:
        return f"({_SELECTIONS[operator][0]} ? {{0}} : {{1}})".format(*arguments, **names)
    if operator in _UNORDERED:
        return f"!({arguments[0]} {_UNORDERED[operator]} {arguments[1]})"
    if operator in ("arith.extui", "arith.uitofp"):
        return f"(({names['t']})({_unsigned(operand)}){arguments[0]})"
    if operator in _EXTREMES:
        kind = "f32" if isinstance(result, Float32Type) else "f64"
        return f"{_EXTREMES[operator]}_{kind}({', '.join(arguments)})"
    if operator in _FUNCTIONS:
        return f"{_function(_FUNCTIONS[operator], result)}({', '.join(arguments)})"
    if operator in _SPECIAL:
        return _SPECIAL[operator].format(*arguments, **names)
    raise UserError(f"'{operator}' has no form in C yet")


def _through_floats(
    operator: str, arguments: list[str], result: Attribute, operand: Attribute
) -> str:
    """An operator that takes or gives bf16, computed on floats."""
    if isinstance(operand, BFloat16Type):
        arguments = [f"bf16_to_f32({text})" for text in arguments]
        operand = f32
    if not isinstance(result, BFloat16Type):
        return arguments[0] if result == operand else apply(operator, arguments, result, operand)
    if operator == "arith.truncf":
        return f"{'f64' if isinstance(operand, Float64Type) else 'f32'}_to_bf16({arguments[0]})"
    if isinstance(operand, IntegerType):
        return f"f64_to_bf16({apply(operator, arguments, Float64Type(), operand)})"
    return f"f32_to_bf16({apply(operator, arguments, f32, operand)})"


def _unsigned(element: Attribute) -> str:
    name = c_type(element)
    return name if name == "bool" else f"u{name}"


def _function(name: str, element: Attribute) -> str:
    """A function of <math.h> for an element type."""
    return f"{name}f" if isinstance(element, Float32Type) else name


def bare(text: str) -> str:
    """An expression without the parentheses around it."""
    if not text.startswith("("):
        return text
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if position == len(text) - 1 else text
    return text
