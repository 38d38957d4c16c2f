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
from .c_functions import BITCASTS, bf16_bits
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
"""Functions of <math.h>."""

_SIGNED_INFIX = {
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
_UNSIGNED_INFIX = {
    **{"arith.divui": "/", "arith.remui": "%", "arith.shrui": ">>"},
    **{
        "arith.cmpi ult": "<",
        "arith.cmpi ule": "<=",
        "arith.cmpi ugt": ">",
        "arith.cmpi uge": ">=",
    },
}
_WRAPPING_INFIX = {"arith.addi": "+", "arith.subi": "-", "arith.muli": "*", "arith.shli": "<<"}
_UNORDERED_INFIX = {
    **{"arith.cmpf ult": ">=", "arith.cmpf ule": ">"},
    **{"arith.cmpf ugt": "<=", "arith.cmpf uge": "<"},
}
"""Comparisons that hold where the opposite does not."""

_CONVERTING = ("extsi", "trunci", "extf", "truncf", "sitofp", "fptosi", "index_cast")

_FORMS = {
    **{name: f"({{0}} {sign} {{1}})" for name, sign in _SIGNED_INFIX.items()},
    **{
        name: f"({{t}})(({{u}}){{0}} {sign} ({{u}}){{1}})" for name, sign in _UNSIGNED_INFIX.items()
    },
    **{
        name: f"({{t}})(({{wide}}){{0}} {sign} ({{wide}}){{1}})"
        for name, sign in _WRAPPING_INFIX.items()
    },
    **{name: f"!({{0}} {sign} {{1}})" for name, sign in _UNORDERED_INFIX.items()},
    **{f"arith.{name}": "(({t}){0})" for name in _CONVERTING},
    **{f"arith.{name}": "(({t})({u}){0})" for name in ("extui", "uitofp")},
    **{name: f"{{math[{function}]}}({{all}})" for name, function in _FUNCTIONS.items()},
    "arith.maxsi": "({0} > {1} ? {0} : {1})",
    "arith.minsi": "({0} < {1} ? {0} : {1})",
    "arith.maxui": "(({u}){0} > ({u}){1} ? {0} : {1})",
    "arith.minui": "(({u}){0} < ({u}){1} ? {0} : {1})",
    "arith.maximumf": "maximum_{kind}({all})",
    "arith.minimumf": "minimum_{kind}({all})",
    "arith.cmpf ord": "({0} == {0} && {1} == {1})",
    "arith.cmpf uno": "({0} != {0} || {1} != {1})",
    "arith.cmpf one": "({0} < {1} || {0} > {1})",
    "arith.cmpf ueq": "!({0} < {1} || {0} > {1})",
    "arith.cmpf false": "0",
    "arith.cmpf true": "1",
    "arith.negf": "(-{0})",
    "arith.select": "({0} ? {1} : {2})",
    "arith.fptoui": "(({t})({ut}){0})",
    "math.absi": "({0} < 0 ? ({t})(0 - ({ut}){0}) : {0})",
    "math.rsqrt": "(({t})1 / {math[sqrt]}({0}))",
}
"""Operators on operands `{0}`, `{1}`, ..., or `{all}`; `{t}` is the C type of the result, `{u}` and
`{ut}` are those of the operand and the result without a sign, `{wide}` is the latter without
promotion to int, `{kind}` is the float, `{math[f]}` its function f of <math.h>."""

_DOUBLE = {name: name for name in ("sqrt", *_FUNCTIONS.values())}
_SINGLE = {name: f"{name}f" for name in _DOUBLE}

_FORMS_TO_BITS = {
    **{"arith.addi": "({0} != {1})", "arith.subi": "({0} != {1})", "arith.muli": "({0} && {1})"},
    "arith.trunci": "(({0} & 1) != 0)",
}
"""The same where the result is one bit."""

_BITS_AS_THEY_ARE = ("arith.select", "arith.bitcast")
"""These do not look at what a bf16 stands for."""

_FORMS_OF_BITS = {f"arith.{name}": "(({t})-{0})" for name in ("extsi", "sitofp")}
"""The same where the operand is one bit: true is -1."""


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
    if BFloat16Type() in (result, operand) and operator not in _BITS_AS_THEY_ARE:
        return _through_floats(operator, arguments, result, operand)
    form = _form(operator, result, operand)
    if form is None:
        raise UserError(f"'{operator}' has no form in C yet")
    arguments = [f"({text})" if text.startswith("-") else text for text in arguments]
    is_narrow = isinstance(result, IntegerType) and result.width.data < 32
    is_single = isinstance(result, Float32Type)
    names = {
        "all": ", ".join(arguments),
        "t": c_type(result),
        "ut": _unsigned(result),
        "u": _unsigned(operand),
        "wide": "uint32_t" if is_narrow else _unsigned(result),
        "kind": "f32" if is_single else "f64",
    }
    return form.format(*arguments, math=_SINGLE if is_single else _DOUBLE, **names)


def _form(operator: str, result: Attribute, operand: Attribute) -> str | None:
    """The form of an operator for the types of its result and its (last) operand."""
    if c_type(result) == "bool" and operator in _FORMS_TO_BITS:
        return _FORMS_TO_BITS[operator]
    if c_type(operand) == "bool" and operator in _FORMS_OF_BITS:
        return _FORMS_OF_BITS[operator]
    if isinstance(result, IndexType) and operator in _WRAPPING_INFIX:
        return f"({{0}} {_WRAPPING_INFIX[operator]} {{1}})"
    if operator == "arith.bitcast":
        name = BITCASTS.get((c_type(operand), c_type(result)))
        return "(({t}){0})" if name is None else f"{name}({{0}})"
    form = _FORMS.get(operator)
    is_narrow = isinstance(result, IntegerType) and result.width.data < 32
    if form is not None and is_narrow and operator in _SIGNED_INFIX and "cmp" not in operator:
        return f"(({{t}}){form})"
    return form


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
