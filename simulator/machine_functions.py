"""The interpreter's functions for mapped programs: `isa.view`, `isa.move`, `isa.invoke`.

An instruction does what its body says, on the operands given to it.
"""

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
from ..dialects.isa import ImportOp, InstructionOp, InvokeOp, MoveOp, TargetOp, ViewOp
from ..dialects.machines import resolve
from .windows import GuardedWindow, array_of, assign, linear_form, window


@register_impls
class MachineFunctions(InterpreterFunctions):
    """Runs the operations of the `isa` dialect."""

    def __init__(self) -> None:
        self._instructions: dict[Operation, InstructionOp] = {}

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
        map_, shape = op.map.data, tuple(op.result.type.get_shape())
        if op.guard_map is None or op.guard_bounds is None:
            if linear_form(map_) is not None:
                starts = (0,) * len(shape)
                return (window(base, map_, starts, shape, symbols, broadcast=False),)
            guard, bounds = AffineMap(map_.num_dims, map_.num_symbols, ()), ()
        else:
            guard, bounds = op.guard_map.data, tuple(op.guard_bounds.get_values())
        return (GuardedWindow(base, map_, guard, bounds, shape, tuple(symbols)),)

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
        interpreter.run_ssacfg_region(instruction.body, args, instruction.symbol)
        return ()
