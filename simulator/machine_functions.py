"""The interpreter's functions for mapped programs: `isa.view`, `isa.move`, `isa.invoke`.

An instruction does what its body says, on the operands given to it.
"""

from itertools import product

from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    impl,
    register_impls,
)
from xdsl.ir import Operation
from xdsl.ir.affine import AffineMap

from ..dialects.errors import UserError
from ..dialects.isa import (
    ImportOp,
    InstructionOp,
    InvokeOp,
    IssueOp,
    MoveOp,
    PrefetchOp,
    SetOp,
    TargetOp,
    ViewOp,
)
from ..dialects.machines import resolve
from .elements import constant
from .windows import GuardedWindow, Window, array_of, assign


@register_impls
class MachineFunctions(InterpreterFunctions):
    """Runs the operations of the `isa` dialect."""

    def __init__(self) -> None:
        self._instructions: dict[Operation, InstructionOp] = {}
        self._windows: dict[Operation, Window] = {}

    @impl(TargetOp)
    def run_target(
        self, interpreter: Interpreter, op: TargetOp, args: PythonValues
    ) -> PythonValues:
        """Do nothing: a description is not executed."""
        return ()

    @impl(ImportOp)
    def run_import(
        self, interpreter: Interpreter, op: ImportOp, args: PythonValues
    ) -> PythonValues:
        """Do nothing: a description is not executed."""
        return ()

    @impl(ViewOp)
    def run_view(self, interpreter: Interpreter, op: ViewOp, args: PythonValues) -> PythonValues:
        """Take an affine window: a NumPy view, or an object that reads and writes by guards."""
        base, *symbols = args
        if isinstance(base, GuardedWindow):
            raise UserError("a guarded view has no address: take the view of its base instead", op)
        window = self._windows.get(op)
        if window is None:
            shape = op.result.type.get_shape()
            window = self._windows[op] = Window(op.map.data, shape, broadcast=False)
        if op.guard_map is None and window.form is not None:
            return (window.of(base, (0,) * len(window.extents), symbols),)
        guard, bounds = _guard(op)
        return (GuardedWindow(base, window.map, guard, bounds, window.extents, tuple(symbols)),)

    @impl(PrefetchOp)
    def run_prefetch(
        self, interpreter: Interpreter, op: PrefetchOp, args: PythonValues
    ) -> PythonValues:
        """Do nothing: it is a hint."""
        return ()

    @impl(MoveOp)
    def run_move(self, interpreter: Interpreter, op: MoveOp, args: PythonValues) -> PythonValues:
        """Copy all elements."""
        source, destination = args
        assign(destination, array_of(source))
        return ()

    @impl(InvokeOp)
    def run_invoke(
        self, interpreter: Interpreter, op: InvokeOp, args: PythonValues
    ) -> PythonValues:
        """Run the body of an instruction on the operands."""
        instruction = self._instructions.get(op)
        if instruction is None:
            found = resolve(op, op.instruction)
            if not isinstance(found, InstructionOp):
                raise UserError(f"{op.instruction} is not an instruction", op)
            instruction = self._instructions[op] = found
        parameters = tuple(constant(op.parameters[name]) for name in instruction.parameters)
        values = tuple(array_of(value) for value in args)
        for point in product(*map(range, op.counts)):
            operands = (
                value[(*point, ...)].reshape(-1)
                if len(type_.get_shape()) == 1
                else value[(*point, ...)]
                for value, type_ in zip(values, instruction.operand_memrefs, strict=True)
            )
            arguments = (*operands, *parameters)
            interpreter.run_ssacfg_region(instruction.body, arguments, instruction.symbol)
        return ()

    @impl(SetOp)
    def run_set(self, interpreter: Interpreter, op: SetOp, args: PythonValues) -> PythonValues:
        """Do nothing: what depends on a configuration has it as an operand, too."""
        return ()

    @impl(IssueOp)
    def run_issue(self, interpreter: Interpreter, op: IssueOp, args: PythonValues) -> PythonValues:
        """Do nothing: instructions are executed in order."""
        return ()


def _guard(op: ViewOp) -> tuple[AffineMap, tuple[int, ...]]:
    """Return the guard of a view and its bounds; those of a view without one always hold."""
    if op.guard_map is None or op.guard_bounds is None:
        return AffineMap(op.map.data.num_dims, op.map.data.num_symbols, ()), ()
    return op.guard_map.data, tuple(op.guard_bounds.get_values())
