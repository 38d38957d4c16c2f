"""Execute a function at any level of the pipeline on NumPy arrays.

    kernel.* and linalg.* on tensors      the kernel and statement levels
    linalg.* on memrefs, with or without plans
    loops, isa.view, isa.move, isa.invoke the nest level

A `kernel.*` operation but `kernel.contract` is run as the statements that it is lowered to.

Running a module before and after a pass and comparing the results checks the pass. Memory that
nobody has written holds NaN or a poison pattern, so that reading it shows in the result.
"""

from collections.abc import Sequence

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError, blamed_operation
from ..passes.lower_kernel import lower_layers
from ..simulator.elements import Array, poison
from ..simulator.interpreter import new_interpreter
from ..simulator.signature import Parameter, Signature, entry_function, signature_of


def interpret(module: ModuleOp, entry: str | None, arrays: Sequence[Array]) -> list[Array]:
    """Run a function and return what it computes.

    The calling convention is the same for functions on tensors and, after bufferize, on memrefs:
    `arrays` are the inputs in order; outputs are allocated and returned. Inputs are never changed:
    arguments that are both are copied and returned.

    Args:
        module: A module at any level.
        entry: The name of the function; None for the only one.
        arrays: One array per input, of its shape and data type. Arguments may also be given where
            they are outputs only.

    Returns:
        The results of a tensor function; the arguments that a memref function writes, in order.

    Raises:
        UserError: The arrays do not fit, or an operation cannot be executed.
    """
    module = lower_layers(module)
    function = entry_function(module, entry)
    signature = signature_of(function)
    parameters = signature.parameters[: len(function.args)]
    values = _arguments(signature, parameters, arrays)
    interpreter = new_interpreter(module)
    try:
        with np.errstate(all="ignore"):
            results = interpreter.call_op(function, tuple(values))
    except UserError as error:
        if error.location is None and (op := blamed_operation(error)) is not None:
            raise UserError(error.message, op, error.hint) from error
        raise
    written = [
        value for value, parameter in zip(values, parameters, strict=True) if parameter.returned
    ]
    return [np.asarray(value) for value in (*written, *results)]


def _arguments(
    signature: Signature, parameters: Sequence[Parameter], arrays: Sequence[Array]
) -> list[Array]:
    """Return a value for every argument: copies of what is given, poison for outputs."""
    inputs = [parameter for parameter in parameters if parameter.given]
    if len(arrays) == len(inputs):
        given = iter(arrays)
        chosen = [next(given) if parameter.given else None for parameter in parameters]
    elif len(arrays) <= len(parameters) and all(p.returned for p in parameters[len(arrays) :]):
        chosen = [*arrays, *[None] * (len(parameters) - len(arrays))]
    else:
        names = ", ".join(str(parameter) for parameter in inputs)
        raise UserError(
            f"@{signature.function} takes {len(inputs)} arrays ({names}), {len(arrays)} are given"
        )
    return [
        poison(parameter.shape, parameter.element) if array is None else _given(parameter, array)
        for parameter, array in zip(parameters, chosen, strict=True)
    ]


def _given(parameter: Parameter, array: Array) -> Array:
    """Return an array as the function may use it: its own copy where it writes."""
    array = np.asarray(array)
    if array.shape != parameter.shape or array.dtype != parameter.dtype:
        raise UserError(
            f"{parameter.name} is {array.dtype}{list(array.shape)}, "
            f"expected {parameter.dtype}{list(parameter.shape)}"
        )
    if parameter.scalar:
        return array[()]
    return array.copy() if parameter.returned else array
