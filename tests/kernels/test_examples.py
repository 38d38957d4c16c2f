"""Every example of a kernel is compiled, run and compared with the reference."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import isa_mapper
from isa_mapper.runtime.arguments import random_arrays

Check = Callable[..., None]

EXAMPLES = Path(__file__).parents[2] / "examples"
KERNELS = sorted(
    path.stem for path in EXAMPLES.glob("*.mlir") if "func.func" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("target", ["scalar", "avx512"])
@pytest.mark.parametrize("name", KERNELS)
def test_example(name: str, target: str, check_text: Check):
    check_text((EXAMPLES / f"{name}.mlir").read_text(encoding="utf-8"), target)


@pytest.mark.parametrize("name", KERNELS)
def test_example_says_first_what_it_is(name: str):
    first = (EXAMPLES / f"{name}.mlir").read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith("// ")
    assert 20 < len(first) <= 120


def accelerator() -> str:
    """The description of an accelerator with a layer that runs on it."""
    return (EXAMPLES / "accelerator.mlir").read_text(encoding="utf-8")


def test_accelerator_is_short() -> None:
    lines = accelerator().splitlines()
    machine = lines[lines.index("isa.target @tiny attributes {dim = 4 : i64} {") :]
    assert machine.index("}") < 40


@pytest.mark.parametrize("dim", [4, 8])
def test_accelerator_of_another_size(dim: int) -> None:
    """What the file tells its reader to do: change one number, and run the layer."""
    text = accelerator().replace("dim = 4 : i64", f"dim = {dim} : i64")
    kernel = isa_mapper.compile(text, target="tiny")
    x, w, bias = random_arrays(kernel.signature, 5)
    x.flat[::3] = w.flat[::2] = -128
    expected = np.maximum(x.astype(np.int32) @ w.astype(np.int32) + bias, 0)
    result, (layer,) = kernel.simulate(x, w, bias)
    np.testing.assert_array_equal(layer, expected)
    (products,) = (bound for bound in result.bounds if bound.name.endswith("products"))
    assert products.cycles == pytest.approx(30 * 21 * 13 / dim**2, abs=1)
