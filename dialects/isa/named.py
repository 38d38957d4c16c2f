"""What operations that describe machines have in common: a name, and the unit that runs them."""

from abc import ABC

from xdsl.dialects.builtin import SymbolNameConstraint, SymbolRefAttr
from xdsl.irdl import IRDLOperation, prop_def


class NamedOp(IRDLOperation, ABC):
    """An operation that others name: `@avx512`, or `@zmm` within a machine."""

    sym_name = prop_def(SymbolNameConstraint())

    @property
    def symbol(self) -> str:
        """Its name, without the `@`."""
        return self.sym_name.data


class OnUnitOp(IRDLOperation, ABC):
    """A part of a machine that belongs to one of its units."""

    unit = prop_def(SymbolRefAttr)

    @property
    def unit_name(self) -> str:
        """The name of the unit, without the `@`."""
        return self.unit.root_reference.data
