"""What follows a product: bias, residual, activation, clamping and requantisation."""

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import AnyFloat, ArrayAttr, DictionaryAttr, StringAttr, i32
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import opt_prop_def
from xdsl.utils.exceptions import VerifyException

from ..shapes import element_type_of, shape_of, shown, verify_number, verify_widens
from .numbers import reals
from .requantisation import Requantisation, verify_requantised
from .signs import SignsOp


class EpilogueOp(SignsOp, ABC):
    """A sum of products with an epilogue: `requantise(clamp(activation(sum + bias + residual)))`.

    The operations define the operands `bias`, `init`, `residual` and `result`, and the factors.
    """

    FACTORS: ClassVar[tuple[str, ...]] = ("x", "w")
    """The names of the operands that are multiplied."""

    ACTIVATIONS: ClassVar[tuple[str, ...]] = ("relu", "sigmoid", "tanh")

    activation = opt_prop_def(StringAttr)
    clamp = opt_prop_def(ArrayAttr[Attribute])
    requantise = opt_prop_def(DictionaryAttr)

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """The factors."""
        return [(name, getattr(self, name)) for name in self.FACTORS]

    @property
    def accumulates_in(self) -> Attribute:
        """The element type of sum, bias and residual: the result's, or i32 before requantising."""
        return i32 if self.requantise is not None else element_type_of(self.results[0])

    @property
    def limits(self) -> tuple[float, float] | None:
        """The least and the greatest value that `clamp` leaves."""
        found = reals(self.clamp, "clamp")
        if found is None:
            return None
        if len(found) != 2 or not found[0] <= found[1]:
            raise VerifyException(f"'clamp' must be [low, high], not {self.clamp}")
        return found[0], found[1]

    @property
    def requantisation(self) -> Requantisation | None:
        """How the sum is requantised, if it is."""
        return None if self.requantise is None else Requantisation.of(self.requantise.data)

    @property
    def has_epilogue(self) -> bool:
        """Whether anything follows the sum."""
        operands = (self.optional("bias"), self.optional("residual"))
        properties = (self.activation, self.clamp, self.requantise)
        return any(part is not None for part in (*operands, *properties))

    def optional(self, name: str) -> SSAValue | None:
        """Return an optional operand; None too where the operation has none of that name."""
        return getattr(self, name, None)

    def verify_epilogue(self, bias_shapes: Sequence[Sequence[int]]) -> None:
        """Check everything behind the sum; the bias has one of `bias_shapes`."""
        to = self.accumulates_in
        is_float = isinstance(to, AnyFloat)
        self._verify_bias(bias_shapes, to)
        if self.activation is not None:
            known = self.ACTIVATIONS if is_float else self.ACTIVATIONS[:1]
            if self.activation.data not in known:
                raise VerifyException(
                    f"unknown activation '{self.activation.data}'; known: {', '.join(known)}"
                )
        if not is_float and any(limit != int(limit) for limit in self.limits or ()):
            raise VerifyException(f"'clamp' must be two integers, not {self.clamp}")
        if self.requantisation is not None:
            verify_requantised(to, element_type_of(self.results[0]))
            if self.optional("init") is not None or self.optional("residual") is not None:
                raise VerifyException(
                    "'init' and 'residual' have the type of the result, "
                    "so they cannot be added before a requantisation"
                )

    def verify_factors(self) -> None:
        """Check that the element types of the factors widen to the sum's."""
        verify_number(element_type_of(self.results[0]), "the result")
        for name, value in self.widened_operands:
            verify_widens(element_type_of(value), self.accumulates_in, name)
        self.verify_unsigned()

    def _verify_bias(self, shapes: Sequence[Sequence[int]], to: Attribute) -> None:
        """Check shape and type of the bias."""
        bias = self.optional("bias")
        if bias is None:
            return
        if element_type_of(bias) != to:
            what = "result of" if self.requantise is None else "sum is of"
            raise VerifyException(f"bias is of {element_type_of(bias)}, but the {what} {to}")
        if shape_of(bias) not in [tuple(shape) for shape in shapes]:
            expected = " or ".join(map(shown, shapes))
            raise VerifyException(f"bias is {shown(shape_of(bias))}, but should be {expected}")
