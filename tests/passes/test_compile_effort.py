"""How much work the compiler does, in counts: times would depend on the computer.

The bounds are about a fifth above what was counted when they were set. One that is exceeded is a
pass that does something over and over again, or code that is written out more often than before.
"""

from collections import Counter
from pathlib import Path

import pytest
from xdsl.dialects.builtin import ModuleOp

from isa_mapper.mapping.match import find_mappings
from isa_mapper.mapping.moves import find_move
from isa_mapper.mapping.transform import assess, search
from isa_mapper.passes import compile as compile_module
from isa_mapper.passes.compile import CHECKPOINTS, VERIFY, CompilePass
from isa_mapper.runtime.pipeline import lower, new_context, parse

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> str:
    """The text of an example."""
    return (EXAMPLES / f"{name}.mlir").read_text(encoding="utf-8")


def convolution(channels: int, pixels: int, outputs: int, window: int, element: str) -> str:
    """A padded convolution, channels last."""
    total = "i32" if element == "i8" else element
    x, w = f"1x{pixels}x{pixels}x{channels}", f"{window}x{window}x{channels}x{outputs}"
    y = f"tensor<1x{pixels}x{pixels}x{outputs}x{total}>"
    attributes = f'layout = "nhwc", padding = [{window // 2}, {window // 2}]'
    types = f"tensor<{x}x{element}>, tensor<{w}x{element}>"
    return f"""
func.func @layer(%x: tensor<{x}x{element}>, %w: tensor<{w}x{element}>) -> {y} {{
  %y = kernel.conv %x, %w {{{attributes}}} : {types} -> {y}
  func.return %y : {y}
}}
"""


def depthwise(channels: int, pixels: int, window: int) -> str:
    """A padded depthwise convolution with bias and relu6, channels last."""
    x, w = (
        f"tensor<1x{pixels}x{pixels}x{channels}xf32>",
        f"tensor<{window}x{window}x{channels}xf32>",
    )
    pad = window // 2
    attributes = f'layout = "nhwc", padding = [{pad}, {pad}], clamp = [0.0, 6.0]'
    return f"""
func.func @layer(%x: {x}, %w: {w}, %b: tensor<{channels}xf32>) -> {x} {{
  %y = kernel.depthwise_conv %x, %w bias %b {{{attributes}}}
    : {x}, {w}, tensor<{channels}xf32> -> {x}
  func.return %y : {x}
}}
"""


PROGRAMS = [
    (example("mobilenet_block"), "avx512_server", 3700),
    (example("mobilenet_block"), "matrix16", 1450),
    (example("convolution"), "avx512_server", 1400),
    (example("conv_transpose"), "avx512_server", 680),
    (example("gru"), "avx512_server", 1900),
    (convolution(64, 56, 64, 3, "f32"), "avx512_server", 560),
    (convolution(64, 56, 64, 3, "i8"), "avx512_server", 1100),
    (depthwise(144, 56, 3), "avx512_server", 1950),
    (depthwise(144, 56, 3), "avx2", 2600),
    (depthwise(240, 14, 5), "avx512_server", 3200),
    (depthwise(240, 14, 5), "scalar", 1900),
]
"""Kernel, machine, and the most operations that the program may have."""


@pytest.mark.parametrize(("text", "target", "most"), PROGRAMS)
def test_operations(text: str, target: str, most: int) -> None:
    program = lower(parse(text), target).module
    assert sum(1 for _ in program.walk()) <= most


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[ModuleOp]:
    """The modules that `compile` verifies."""
    modules: list[ModuleOp] = []
    monkeypatch.setattr(compile_module, "verify_module", modules.append)
    return modules


@pytest.mark.parametrize(
    ("option", "variable", "after_all"),
    [(False, None, False), (True, None, True), (False, "1", True)],
)
def test_verification(
    option: bool,
    variable: str | None,
    after_all: bool,
    verified: list[ModuleOp],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VERIFY, raising=False)
    if variable is not None:
        monkeypatch.setenv(VERIFY, variable)
    module, compile_ = parse(example("gemm")), CompilePass(target="avx512", verify=option)
    compile_.apply(new_context(), module)
    assert len(verified) == len(compile_.stages() if after_all else CHECKPOINTS)


def test_checkpoints_are_passes() -> None:
    names = [stage.name for stage in CompilePass().stages()]
    assert [name for name in names if name in CHECKPOINTS] == list(CHECKPOINTS)
    assert names[-1] == CHECKPOINTS[-1], "the program that is written out is verified"


@pytest.mark.parametrize(
    ("text", "target", "most"),
    [
        (convolution(64, 56, 64, 3, "f32"), "avx512_server", 16),
        (convolution(64, 56, 64, 3, "i8"), "avx512_server", 270),
        (example("convolution"), "matrix16", 95),
        (example("gru"), "avx512_server", 110),
    ],
)
def test_mappings_sought(text: str, target: str, most: int) -> None:
    """A search for mappings is one statement on one instruction; the budget of rewrites bounds them."""
    module = parse(text)
    for known in (find_mappings, find_move):
        known.cache_clear()
    lower(module, target)
    assert find_mappings.cache_info().misses <= most


def test_statements_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search keeps to its budget, and a statement's estimate is made once."""
    calls: Counter[object] = Counter()
    of = assess.Machine._assess

    def counted(machine: assess.Machine, statement: assess.Statement) -> assess.Assessment:
        calls[assess._without_names(statement)] += 1
        return of(machine, statement)

    monkeypatch.setattr(assess.Machine, "_assess", counted)
    lower(parse(example("convolution")), "matrix16")
    assert 0 < len(calls) <= search.BUDGET + 8, "what is there already, and the budget"
    assert max(calls.values()) == 1
