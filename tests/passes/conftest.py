"""What the tests of passes share: text through a pipeline, and results compared to the bit."""

from collections.abc import Callable

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.dialects.source import read_module, verify_module
from isa_mapper.simulator.elements import Array
from isa_mapper.tools.universe import multiverse

RunPasses = Callable[..., ModuleOp]


@pytest.fixture(scope="session")
def run_passes() -> RunPasses:
    """Return a function from MLIR text and names of passes to the verified module."""
    universe = multiverse()
    context = Context()
    for dialect, factory in universe.all_dialects.items():
        context.register_dialect(dialect, factory)

    def run(text: str, *names: str) -> ModuleOp:
        module = read_module(context, text, "test.mlir")
        for name in names:
            universe.all_passes[name]()().apply(context, module)
            verify_module(module)
        return module

    return run


@pytest.fixture(scope="session")
def assert_same() -> Callable[[list[Array], list[Array]], None]:
    """Return a check that arrays are equal to the bit, but that any NaN equals any other."""

    def check(got: list[Array], expected: list[Array]) -> None:
        assert len(got) == len(expected)
        for one, other in zip(got, expected, strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            np.testing.assert_array_equal(one, other)
            if one.dtype.kind == "f":
                known = ~np.isnan(one)
                np.testing.assert_array_equal(np.signbit(one[known]), np.signbit(other[known]))

    return check
