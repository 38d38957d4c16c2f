"""`fold-fills`: the first of several instructions that add up overwrites, so that no zeros come before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import SSAValue
from xdsl.passes import ModulePass

from ...dialects.isa import InstructionOp, InvokeOp, TargetOp
from ...mapping.expression import Constant
from ...mapping.neutral import neutral
from ...mapping.statement import ASSIGN, Statement, instruction_statement
from ..effects import output_index_of
from ..planned import erase_with_views
from ..window import Window, base_of
from .engine_programs import engine_functions, instruction_of, window_of
from .footprint import region_of
from .strided import Region


@dataclass(frozen=True)
class FoldFillsPass(ModulePass):
    """Let an instruction overwrite what is filled with the number that its sums begin with.

    It takes the place of both where the machine has an instruction that does the same, but starts
    afresh, and nothing touches the elements in between. Hardware loops stay as they are.

    ```mlir
    isa.import @gemmini16 from "gemmini16"
    func.func @product(%a: memref<16x16xi8, @spad>, %c: memref<16x16xi32, @acc>) {
      isa.invoke @gemmini16::@zero(%c) : memref<16x16xi32, @acc>
      isa.invoke @gemmini16::@multiply_add(%c, %a, %a)
        : memref<16x16xi32, @acc>, memref<16x16xi8, @spad>, memref<16x16xi8, @spad>
      func.return
    }
    ```
    """

    name = "fold-fills"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Fold the fills of every function."""
        for function, target in engine_functions(op):
            fills = _Fills(target)
            for invoke in list(function.body.block.ops):
                if isinstance(invoke, InvokeOp):
                    fills.visit(invoke)


@dataclass
class _Fills:
    """The fills of straight-line code whose elements nothing has touched since.

    Attributes:
        target: The machine.
        known: Per buffer, the fills by what they fill, with the bytes of it.
    """

    target: TargetOp
    known: dict[SSAValue, dict[Window, tuple[InvokeOp, Region]]] = field(
        default_factory=dict[SSAValue, dict[Window, tuple[InvokeOp, Region]]]
    )

    def visit(self, op: InvokeOp) -> None:
        """Fold the fill before an instruction, and forget what it touches."""
        instruction = instruction_of(op, self.target)
        output = op.arguments[output_index_of(instruction)]
        if self.known.get(base_of(output)):
            self._fold(op, instruction, window_of(output))
        for value in op.arguments:
            self._forget(value)
        if isinstance(instruction_statement(instruction).body, Constant) and not op.counts:
            window, region = window_of(output), region_of(window_of(output))
            if region is not None and len(op.arguments) == 1 and not window.guards:
                self.known.setdefault(base_of(output), {})[window] = op, region

    def _fold(self, op: InvokeOp, instruction: InstructionOp, window: Window) -> None:
        """Let an instruction overwrite, if its output has been filled."""
        found = self.known.get(window.base, {}).get(window)
        others = [v for i, v in enumerate(op.arguments) if i != output_index_of(instruction)]
        if found is None or op.counts or any(base_of(v) is window.base for v in others):
            return
        value = instruction_statement(instruction_of(found[0], self.target)).body
        sister = _overwriting(self.target, instruction)
        if sister is not None and _is_start(instruction_statement(instruction), value):
            op.properties["instruction"] = SymbolRefAttr(self.target.symbol, [sister])
            del self.known[window.base][window]
            erase_with_views(found[0])

    def _forget(self, value: SSAValue) -> None:
        """Forget the fills of elements that are touched."""
        fills = self.known.get(base_of(value))
        if not fills:
            return
        region = region_of(window_of(value))
        for window, (_, other) in list(fills.items()):
            if region is not None and region.meets(other):
                del fills[window]


def _is_start(statement: Statement, value: object) -> bool:
    """Whether combining with a number first changes nothing."""
    return value is not None and neutral(statement.combine, statement.output.element) == value


@lru_cache(maxsize=1024)
def _overwriting(target: TargetOp, instruction: InstructionOp) -> str | None:
    """The instruction that does the same as one that combines with what is there, but starts afresh."""
    statement = instruction_statement(instruction)
    if not statement.accumulates:
        return None
    wanted = [_nameless(form) for form in _afresh(statement)]
    for other in target.instructions.values():
        alike = (
            other.operand_memrefs == instruction.operand_memrefs
            and other.output_index == instruction.output_index
            and other.parameters == instruction.parameters
        )
        if alike and _nameless(instruction_statement(other)) in wanted:
            return other.symbol
    return None


def _afresh(statement: Statement) -> Iterator[Statement]:
    """The ways to say the same without what was there before."""
    yield replace(statement, overwrites=True)
    if not any(axis.reduction for axis in statement.axes):
        yield replace(statement, combine=ASSIGN)


def _nameless(statement: Statement) -> Statement:
    """A statement without the names of operands and axes."""
    return replace(
        statement,
        axes=tuple(replace(axis, name="") for axis in statement.axes),
        inputs=tuple(replace(access, name="") for access in statement.inputs),
        output=replace(statement.output, name=""),
    )
