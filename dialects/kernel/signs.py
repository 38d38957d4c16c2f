"""Operands that are read without a sign: `unsigned = array<i64: 0>`."""

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import DenseArrayBase, i64
from xdsl.ir import SSAValue
from xdsl.irdl import IRDLOperation, opt_prop_def
from xdsl.utils.exceptions import VerifyException

from ..shapes import bits_of, element_type_of, is_integer, named


class SignsOp(IRDLOperation, ABC):
    """An operation that widens integers: by their sign, or by zeros those listed in `unsigned`.

    The numbers are the positions of operands in `widened_operands`.
    """

    unsigned = opt_prop_def(DenseArrayBase.constr(i64))

    @property
    def widened_operands(self) -> Sequence[tuple[str, SSAValue]]:
        """The operands that are widened, and their names."""
        raise NotImplementedError

    @property
    def unsigned_numbers(self) -> tuple[int, ...]:
        """The numbers of the operands that are read without a sign."""
        return () if self.unsigned is None else tuple(self.unsigned.get_values())

    def is_unsigned(self, number: int) -> bool:
        """Say whether operand `number` is read without a sign."""
        return number in self.unsigned_numbers

    def verify_unsigned(self) -> None:
        """Check that the listed operands exist and are integers."""
        operands = self.widened_operands
        for number in self.unsigned_numbers:
            if not 0 <= number < len(operands):
                raise VerifyException(f"'unsigned' lists input {number}, which does not exist")
            name, value = operands[number]
            element = element_type_of(value)
            if not is_integer(element):
                raise VerifyException(
                    f"{named(value, name)} cannot be unsigned: it is of {element}"
                )
            if bits_of(element) > 32:
                raise VerifyException(
                    f"{named(value, name)} is of {element}, but at most i32 can be unsigned"
                )
