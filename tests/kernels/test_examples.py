"""Every example of a kernel is compiled, run and compared with the reference."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
