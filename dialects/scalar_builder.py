"""Build scalar arithmetic: the bodies of statements, the same for floats and integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from xdsl.dialects import arith
from xdsl.dialects.builtin import AnyFloat, i64
from xdsl.ir import Attribute, Operation, SSAValue

from .constants import number_constant
from .formula import Formula, Letter, Number
from .shapes import bits_of, is_integer

if TYPE_CHECKING:
    from .kernel.requantisation import Requantisation

Binary: TypeAlias = Callable[[SSAValue, SSAValue], Operation]

_BINARY: dict[str, tuple[Binary, Binary]] = {
    "add": (arith.AddfOp, arith.AddiOp),
    "sub": (arith.SubfOp, arith.SubiOp),
    "mul": (arith.MulfOp, arith.MuliOp),
    "div": (arith.DivfOp, arith.DivSIOp),
    "max": (arith.MaximumfOp, arith.MaxSIOp),
    "min": (arith.MinimumfOp, arith.MinSIOp),
}
"""The operations of each name, on floats and on signed integers."""

_UNSIGNED: dict[str, Binary] = {
    "div_unsigned": arith.DivUIOp,
    "max_unsigned": arith.MaxUIOp,
    "min_unsigned": arith.MinUIOp,
}
"""The operations of each name on integers that are read without a sign."""

_ON_FLOATS = {
    "abs": "AbsFOp",
    "ceil": "CeilOp",
    "erf": "ErfOp",
    "exp": "ExpOp",
    "floor": "FloorOp",
    "log": "LogOp",
    "pow": "PowFOp",
    "round": "RoundOp",
    "rsqrt": "RsqrtOp",
    "sqrt": "SqrtOp",
    "tanh": "TanhOp",
}
"""The functions of floats, by their operations in xDSL's `math`, which few programs need."""


@dataclass
class ScalarBuilder:
    """Appends operations on scalars to `ops`."""

    ops: list[Operation] = field(default_factory=list[Operation])

    def add(self, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return a sum."""
        return self.binary("add", one, other)

    def mul(self, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return a product."""
        return self.binary("mul", one, other)

    def binary(self, name: str, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return a function of two values of one type: `add`, `max_unsigned`, `pow`, ..."""
        if name in _UNSIGNED:
            return self.emit(_UNSIGNED[name](one, other))
        if name in _ON_FLOATS:
            return self.emit(_math(name)(one, other))
        on_floats, on_integers = _BINARY[name]
        return self.emit((on_floats if _is_float(one) else on_integers)(one, other))

    def unary(self, name: str, value: SSAValue) -> SSAValue:
        """Return a function of a float, or `abs` or `neg` of an integer."""
        if name == "neg":
            if _is_float(value):
                return self.emit(arith.NegfOp(value))
            return self.binary("sub", self.number(0, value.type), value)
        if not _is_float(value):
            assert name == "abs"
            from xdsl.dialects.math import AbsIOp

            return self.emit(AbsIOp(value))
        return self.emit(_math(name)(value))

    def number(self, number: float, type_: Attribute) -> SSAValue:
        """Return a constant."""
        return self.emit(number_constant(number, type_))

    def widened(self, value: SSAValue, to: Attribute, *, unsigned: bool = False) -> SSAValue:
        """Return `value` in a type at least as large."""
        if value.type == to:
            return value
        if isinstance(to, AnyFloat):
            return self.emit(arith.ExtFOp(value, to))
        assert is_integer(to)
        return self.emit((arith.ExtUIOp if unsigned else arith.ExtSIOp)(value, to))

    def converted(self, value: SSAValue, to: Attribute, *, unsigned: bool = False) -> SSAValue:
        """Return `value` in any other type; floats become integers towards zero."""
        if isinstance(to, AnyFloat):
            if not _is_float(value):
                return self.emit((arith.UIToFPOp if unsigned else arith.SIToFPOp)(value, to))
            if bits_of(value.type) > to.bitwidth:
                return self.emit(arith.TruncFOp(value, to))
            return self.widened(value, to)
        assert is_integer(to)
        if _is_float(value):
            return self.emit((arith.FPToUIOp if unsigned else arith.FPToSIOp)(value, to))
        if bits_of(value.type) > to.bitwidth:
            return self.emit(arith.TruncIOp(value, to))
        return self.widened(value, to, unsigned=unsigned)

    def sigmoid(self, value: SSAValue) -> SSAValue:
        """Return `1 / (1 + exp(-value))`."""
        one = self.number(1.0, value.type)
        growth = self.unary("exp", self.unary("neg", value))
        return self.binary("div", one, self.add(one, growth))

    def activated(self, value: SSAValue, activation: str) -> SSAValue:
        """Return `relu`, `sigmoid` or `tanh` of a value."""
        if activation == "relu":
            return self.binary("max", value, self.number(0, value.type))
        return self.sigmoid(value) if activation == "sigmoid" else self.unary(activation, value)

    def clamped(self, value: SSAValue, low: float, high: float) -> SSAValue:
        """Return `min(max(value, low), high)`."""
        above = self.binary("max", value, self.number(low, value.type))
        return self.binary("min", above, self.number(high, value.type))

    def compare(self, predicate: str, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return the truth of a comparison of integers, such as `slt`."""
        return self.emit(arith.CmpiOp(one, other, predicate))

    def select(self, condition: SSAValue, one: SSAValue, other: SSAValue) -> SSAValue:
        """Return `one` where the condition is true, else `other`."""
        return self.emit(arith.SelectOp(condition, one, other))

    def formula(self, formula: Formula, operands: Sequence[SSAValue]) -> SSAValue:
        """Return the value of a formula."""
        if isinstance(formula, Letter):
            return operands[formula.position]
        if isinstance(formula, Number):
            return self.number(formula.value, operands[0].type)
        x, *rest = [self.formula(arg, operands) for arg in formula.args]
        match formula.function:
            case "relu" | "sigmoid" as name:
                return self.activated(x, name)
            case "clamp":
                return self.binary("min", self.binary("max", x, rest[0]), rest[1])
            case "select":
                return self.select(x, *rest)
            case "silu":
                return self.mul(x, self.sigmoid(x))
            case "gelu":
                scaled = self.mul(x, self.number(0.5**0.5, x.type))
                more = self.add(self.number(1, x.type), self.unary("erf", scaled))
                return self.mul(self.mul(self.number(0.5, x.type), x), more)
            case name:
                return self.binary(name, x, *rest) if rest else self.unary(name, x)

    def requantised(self, value: SSAValue, how: Requantisation, to: Attribute) -> SSAValue:
        """Return an integer scaled, rounded, shifted and clamped, in 64 bits, as `to`."""
        assert is_integer(to)
        product = self.mul(self.widened(value, i64), self.number(how.multiplier, i64))
        scaled = self._rounded_shift(product, how.shift, how.rounding)
        shifted = self.add(scaled, self.number(how.zero_point, i64))
        return self.emit(arith.TruncIOp(self.clamped(shifted, *how.range_of(to)), to))

    def _rounded_shift(self, value: SSAValue, shift: int, rounding: str) -> SSAValue:
        """Return `round(value / 2**shift)` of an integer of 64 bits."""
        if shift == 0:
            return value
        zero, one = self.number(0, i64), self.number(1, i64)
        half, amount = self.number(1 << (shift - 1), i64), self.number(shift, i64)
        offset = half
        if rounding == "away":  # a negative half goes down: one less to add
            negative = self.compare("slt", value, zero)
            offset = self.binary("sub", half, self.select(negative, one, zero))
        if rounding == "even":  # a half goes up only from an odd number
            floor = self.emit(arith.ShRSIOp(value, amount))
            odd = self.emit(arith.AndIOp(floor, one))
            offset = self.add(self.binary("sub", half, one), odd)
        return self.emit(arith.ShRSIOp(self.add(value, offset), amount))

    def rounded_quotient(
        self, value: SSAValue, divisor: SSAValue, rounding: str, least: int
    ) -> SSAValue:
        """Return `round(value / divisor)` of integers, for a positive divisor.

        `least` is at most 0 and no greater than the quotient. Nothing overflows that is less than
        `value + divisor * (1 - least)`.
        """
        type_ = value.type
        zero, one = self.number(0, type_), self.number(1, type_)
        half = self.emit(arith.ShRSIOp(divisor, one))
        if rounding == "away":
            negative = self.compare("slt", value, zero)
            offset = self.select(negative, self.binary("sub", zero, half), half)
            return self.binary("div", self.add(value, offset), divisor)
        raised = self.add(value, half)  # its floor is that of a number that is not negative
        shifted = self.add(raised, self.mul(divisor, self.number(-least, type_)))
        up = self.add(self.binary("div", shifted, divisor), self.number(least, type_))
        if rounding == "up":
            return up
        halfway = self.compare("eq", self.mul(up, divisor), raised)
        even = self.compare("eq", self.add(half, half), divisor)
        odd = self.emit(arith.AndIOp(up, one))
        tie = self.select(halfway, self.select(even, odd, zero), zero)
        return self.binary("sub", up, tie)

    def emit(self, op: Operation) -> SSAValue:
        """Append an operation and return its result."""
        self.ops.append(op)
        return op.results[0]


def _is_float(value: SSAValue) -> bool:
    return isinstance(value.type, AnyFloat)


def _math(name: str) -> Callable[..., Operation]:
    """Return the operation of a function of floats."""
    from xdsl.dialects import math

    return getattr(math, _ON_FLOATS[name])
