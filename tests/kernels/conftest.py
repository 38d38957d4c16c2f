"""Programs of a single kernel, and the check of what is compiled from them."""

import shutil
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest

import isa_mapper
from isa_mapper.dialects.machines import host_features
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

Check: TypeAlias = Callable[..., None]


def program(call: str, shapes: str, operand: str, result: str) -> str:
    """Return a function of one kernel.

    Args:
        call: The operation in full, in which `{0}`, `{1}`, ... are the operands, and `{t0}`,
            `{t1}`, ... and `{r}` their types and the results'.
        shapes: `"2x3 3 -> 2x3"`; a shape may be followed by `:T`, its element type, or by `:wide`,
            the one of the results.
        operand: The element type of the operands.
        result: That of the results.
    """
    takes, _, gives = shapes.partition("->")
    types = [_type(shape, operand, result) for shape in takes.split()]
    results = ", ".join(_type(shape, result, result) for shape in gives.split())
    names = [f"%v{number}" for number in range(len(types))]
    outputs = ", ".join(f"%r{number}" for number in range(len(gives.split())))
    arguments = ", ".join(f"{name}: {type_}" for name, type_ in zip(names, types, strict=True))
    listed = {f"t{number}": type_ for number, type_ in enumerate(types)}
    body = call.format(*names, r=results, **listed)
    return f"""func.func @kernel({arguments}) -> ({results}) {{
      {outputs} = {body}
      func.return {outputs} : {results}
    }}"""


def _type(shape: str, element: str, wide: str) -> str:
    """Return a tensor type."""
    extents, _, own = shape.partition(":")
    return f"tensor<{extents}x{wide if own == 'wide' else own or element}>"


def assert_correct(text: str, target: str, scale: float = 1.0) -> None:
    """Compile a program for a machine, run it, and compare every result with the reference.

    Args:
        text: The program.
        target: The machine; portable C where this computer is another one.
        scale: What random floats are multiplied by.
    """
    module = parse(text)
    arrays = [
        (array * scale).astype(array.dtype) if array.dtype.kind == "f" else array
        for array in random_arrays(signature_of(entry_function(module)), 3)
    ]
    portable = target != "scalar" and "avx512f" not in host_features()
    got = isa_mapper.compile(module, target=target, portable=portable)(*arrays)
    results = got if isinstance(got, tuple) else (got,)
    expected = reference(module, None, arrays)
    assert len(results) == len(expected)
    for number, (result, (value, error)) in enumerate(zip(results, expected, strict=True)):
        if result.dtype.kind == "f":  # a bound that allows anything checks nothing
            assert np.nanmax(error, initial=0) <= 0.05 * max(1.0, np.nanmax(np.abs(value)))
        comparison = compare(f"result {number}", result, value, error)
        assert comparison.passed, str(comparison)


@pytest.fixture(scope="session")
def check_kernel() -> Check:
    """Return a check that a kernel compiled for a machine computes what the reference does."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")

    def check(call: str, shapes: str, types: str, target: str, scale: float = 1.0) -> None:
        operand, _, result = types.partition(" ")
        assert_correct(program(call, shapes, operand, result or operand), target, scale)

    return check


@pytest.fixture(scope="session")
def check_text() -> Check:
    """Return a check that a program compiled for a machine computes what the reference does."""
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    return assert_correct
