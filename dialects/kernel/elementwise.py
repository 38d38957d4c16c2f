"""`kernel.elementwise` and `kernel.requantise`: element by element."""

from collections.abc import Sequence

from xdsl.dialects.builtin import AnyFloat, IntegerAttr, StringAttr, TensorType, UnitAttr
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    var_operand_def,
)
from xdsl.utils.exceptions import VerifyException

from ..formula import (
    ON_INTEGERS,
    ONLY_ON_INTEGERS,
    Formula,
    functions_in,
    letters_in,
    parse_formula,
)
from ..shapes import (
    bits_of,
    element_type_of,
    named,
    same_shape,
    shape_of,
    shown,
    verify_number,
    verify_widens,
)
from .requantisation import KEYS, Requantisation, verify_requantised
from .signs import SignsOp


@irdl_op_definition
class ElementwiseOp(SignsOp):
    """Compute every element of the result by a formula.

    The formula names the operands `a`, `b`, `c`, ... in their order and may use `+ - * /`, numbers
    and the functions abs, relu, exp, log, sqrt, rsqrt, tanh, sigmoid, erf, gelu, silu, ceil, floor,
    round (halves away from zero), pow(x, y), max(x, y), min(x, y) and clamp(x, low, high); on
    integers `+ - * /` (towards zero), abs, relu, max, min and clamp, and max_unsigned, min_unsigned
    and div_unsigned, which read their arguments without a sign. Operands are broadcast as in NumPy,
    and widened to the element type of the result, those that `unsigned` lists by zeros.

    ```mlir
    func.func @swish(%x: tensor<4x8xf32>, %bias: tensor<8xf32>) -> tensor<4x8xf32> {
      %y = kernel.elementwise "(a + b) * sigmoid(a + b)" (%x, %bias)
        : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
      func.return %y : tensor<4x8xf32>
    }
    ```
    """

    name = "kernel.elementwise"

    text = prop_def(StringAttr, prop_name="formula")
    inputs = var_operand_def(TensorType)
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$formula `(` $inputs `)` attr-dict `:` functional-type($inputs, $result)"

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """All operands."""
        return [(f"operand {chr(ord('a') + n)}", value) for n, value in enumerate(self.inputs)]

    @property
    def formula(self) -> Formula:
        """What is computed.

        Raises:
            ValueError: The text is no formula.
        """
        return parse_formula(self.text.data, len(self.inputs))

    def verify_(self) -> None:
        """Check the formula, the shapes and the types."""
        try:
            formula = self.formula
        except ValueError as error:
            raise VerifyException(str(error)) from error
        to = element_type_of(self.result)
        verify_number(to, "the result")
        extra = functions_in(formula) - ON_INTEGERS
        if extra and not isinstance(to, AnyFloat):
            raise VerifyException(
                f"'{min(extra)}' is a function of floats, but the result is of {to}"
            )
        if (extra := functions_in(formula) & ONLY_ON_INTEGERS) and isinstance(to, AnyFloat):
            raise VerifyException(
                f"'{min(extra)}' is a function of integers, but the result is of {to}"
            )
        self.verify_unsigned()
        for number, (otherwise, value) in enumerate(self.widened_operands):
            name = named(value, otherwise)
            if number not in letters_in(formula):
                raise VerifyException(f"the formula does not use {name}")
            verify_widens(element_type_of(value), to, name)
            if self.is_unsigned(number) and element_type_of(value) == to:
                raise VerifyException(
                    f"{name} is of {to} like the result, so it is not widened by zeros; compare and "
                    "divide by the functions that read numbers without a sign"
                )
            self._verify_shape(value, name)

    def _verify_shape(self, value: SSAValue, name: str) -> None:
        """Check that an operand can be broadcast to the result."""
        shape, result = shape_of(value), shape_of(self.result)
        tail = result[len(result) - len(shape) :]
        fits = len(shape) <= len(result) and all(
            size in (1, extent) for size, extent in zip(shape, tail, strict=True)
        )
        if not fits:
            raise VerifyException(
                f"{name} is {shown(shape)}, which cannot be broadcast to the result {shown(result)}"
            )


@irdl_op_definition
class RequantiseOp(SignsOp):
    """Scale integers by a fixed-point number, round, and clamp to a small type, exactly.

        result = clamp(round(x * multiplier / 2**shift) + zero_point)

    `x` is of i32 or smaller, with `unsigned = array<i64: 0>` read without a sign, then of i16 or
    smaller. The result is of i8 or i16; the clamping is to its range, with `unsigned_result` to
    that without a sign. The product and the quotient are exact. `rounding` says where a half goes:
    `"even"` (default) to the even neighbour, `"away"` from zero, `"up"` to the greater neighbour.
    `multiplier` is from 1 to 2**31 - 1, `shift` from 0 to 62, `zero_point` 0 if absent.

    ```mlir
    func.func @small(%x: tensor<4x8xi32>) -> tensor<4x8xi8> {
      %y = kernel.requantise %x {multiplier = 1431655765, shift = 40, zero_point = -3,
                                 rounding = "away"} : tensor<4x8xi32> -> tensor<4x8xi8>
      func.return %y : tensor<4x8xi8>
    }
    ```
    """

    name = "kernel.requantise"

    x = operand_def(TensorType)
    multiplier = prop_def(IntegerAttr)
    shift = prop_def(IntegerAttr)
    zero_point = opt_prop_def(IntegerAttr)
    rounding = opt_prop_def(StringAttr)
    unsigned_result = opt_prop_def(UnitAttr)
    result = result_def(TensorType)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$x attr-dict `:` type($x) `->` type($result)"

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """The only operand."""
        return [("x", self.x)]

    @property
    def requantisation(self) -> Requantisation:
        """The parameters."""
        return Requantisation.of({n: p for n, p in self.properties.items() if n in KEYS})

    def verify_(self) -> None:
        """Check shapes, types and parameters."""
        verify_same_shape(self.x, self.result)
        source = element_type_of(self.x)
        verify_requantised(source, element_type_of(self.result))
        self.verify_unsigned()
        if self.is_unsigned(0) and bits_of(source) > 16:
            raise VerifyException(
                f"x is of {source}, whose products need more than 64 bits without a sign; "
                "only i16 and smaller can be unsigned"
            )
        _ = self.requantisation


def verify_same_shape(x: SSAValue, result: SSAValue) -> None:
    """Check that the result has the shape of the operand."""
    if not same_shape(shape_of(x), shape_of(result)):
        raise VerifyException(
            f"the result is {shown(shape_of(result))}, but should be {shown(shape_of(x))} like x"
        )


def verify_float(type_: Attribute, what: str) -> None:
    """Check that an element type is a float's."""
    if not isinstance(type_, AnyFloat):
        raise VerifyException(f"{what} is of {type_}; only floats are supported")


def verify_vector(value: SSAValue | None, name: str, shape: Sequence[int], like: Attribute) -> None:
    """Check shape and element type of a parameter, if it is given."""
    if value is None:
        return
    if shape_of(value) != tuple(shape):
        raise VerifyException(f"{name} is {shown(shape_of(value))}, but should be {shown(shape)}")
    if element_type_of(value) != like:
        raise VerifyException(f"{name} is of {element_type_of(value)}, but should be of {like}")
