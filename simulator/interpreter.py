"""xDSL's interpreter with this package's functions: every operation of every level, on NumPy arrays."""

from xdsl.dialects.builtin import ModuleOp
from xdsl.interpreter import Interpreter
from xdsl.interpreters.cf import CfFunctions
from xdsl.interpreters.func import FuncFunctions
from xdsl.interpreters.scf import ScfFunctions

from .control_functions import ParallelFunctions, ScalarFunctions
from .machine_functions import MachineFunctions
from .memory_functions import MemoryFunctions
from .statement_functions import StatementFunctions
from .tensor_functions import TensorFunctions

_FUNCTIONS = (
    CfFunctions,
    FuncFunctions,
    MachineFunctions,
    MemoryFunctions,
    ParallelFunctions,
    ScalarFunctions,
    ScfFunctions,
    StatementFunctions,
    TensorFunctions,
)


def new_interpreter(module: ModuleOp) -> Interpreter:
    """Return an interpreter for the operations of a module."""
    interpreter = Interpreter(module)
    for functions in _FUNCTIONS:
        interpreter.register_implementations(functions())
    return interpreter
