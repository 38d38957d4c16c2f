"""The interpreter's functions for scalars and control flow: `arith`, `math`, `scf.parallel`.

Calls and the other `scf` operations are xDSL's own functions, whose values may be anything.
"""

from itertools import product

from xdsl.dialects import scf
from xdsl.interpreter import (
    Interpreter,
    InterpreterFunctions,
    PythonValues,
    ReturnedValues,
    TerminatorValue,
    impl,
    impl_terminator,
    register_impls,
)
from xdsl.ir import Operation

from ..dialects.errors import UserError
from .scalars import SUPPORTED, evaluate


class ScalarFunctions(InterpreterFunctions):
    """Runs `arith` and `math` operations on scalars and, element by element, on tensors."""

    def run_scalar(
        self, interpreter: Interpreter, op: Operation, args: PythonValues
    ) -> PythonValues:
        """Evaluate one operation."""
        return (evaluate(op, args),)


for _op in SUPPORTED:
    setattr(ScalarFunctions, f"run_{_op.name}", impl(_op)(ScalarFunctions.run_scalar))
register_impls(ScalarFunctions)


@register_impls
class ParallelFunctions(InterpreterFunctions):
    """Runs parallel loops, one iteration after the other."""

    @impl(scf.ParallelOp)
    def run_parallel(
        self, interpreter: Interpreter, op: scf.ParallelOp, args: PythonValues
    ) -> PythonValues:
        """Run every iteration of a parallel loop that reduces nothing."""
        if op.initVals:
            raise UserError("parallel loops with reductions cannot be executed", op)
        rank = len(op.lowerBound)
        bounds = zip(args[:rank], args[rank : 2 * rank], args[2 * rank : 3 * rank], strict=True)
        for point in product(*(range(*bound) for bound in bounds)):
            interpreter.run_ssacfg_region(op.body, point, "parallel")
        return ()

    @impl_terminator(scf.ReduceOp)
    def run_reduce(
        self, interpreter: Interpreter, op: scf.ReduceOp, args: PythonValues
    ) -> tuple[TerminatorValue, PythonValues]:
        """End an iteration."""
        return ReturnedValues(()), ()

    @impl(scf.ExecuteRegionOp)
    def run_execute_region(
        self, interpreter: Interpreter, op: scf.ExecuteRegionOp, args: PythonValues
    ) -> PythonValues:
        """Run a region once."""
        return interpreter.run_ssacfg_region(op.region, (), "execute_region")
