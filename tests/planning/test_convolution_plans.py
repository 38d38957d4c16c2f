"""The default plans of convolutions: which loops stand around which, and what is packed."""

import re

import pytest

from isa_mapper.runtime.module import prepare

CONVOLUTION = """func.func @f(%x: tensor<{n}x{h}x{h}x{c}x{e}>, %w: tensor<{r}x{r}x{c}x{k}x{e}>)
    -> tensor<{n}x{p}x{p}x{k}x{f}> {{
  %y = kernel.conv %x, %w {{layout = "nhwc"}} : tensor<{n}x{h}x{h}x{c}x{e}>, tensor<{r}x{r}x{c}x{k}x{e}>
      -> tensor<{n}x{p}x{p}x{k}x{f}>
  func.return %y : tensor<{n}x{p}x{p}x{k}x{f}>
}}"""


def steps(n: int, h: int, c: int, k: int, r: int, element: str) -> list[str]:
    """The steps of the product in the plan of a convolution with constant weights."""
    p, result = h - r + 1, "i32" if element == "i8" else "f32"
    text = CONVOLUTION.format(n=n, h=h, c=c, k=k, r=r, p=p, e=element, f=result)
    plan = prepare(text, "avx512_server", constant=["w"]).plan
    return re.findall(r"(?:for|place|unroll) [^,\]]*", plan[plan.rindex("#plan.mapping") :])


@pytest.mark.parametrize("element", ["f32", "i8"])
@pytest.mark.parametrize("window", [1, 3])
def test_the_output_is_walked_in_the_order_of_memory(element: str, window: int) -> None:
    """Images, rows, panels of channels, pixels: a panel is used along a row while it is near."""
    found = steps(2, 27 + window, 64, 128, window, element)
    loops = [step.split()[1] for step in found if step.startswith("for")]
    assert loops[:4] == ["n", "p", "o", "q"]


@pytest.mark.parametrize("element", ["f32", "i8"])
def test_what_registers_only_repeat_is_read_in_place(element: str) -> None:
    found = steps(2, 7, 512, 256, 1, element)
    assert "place in1 in @mem" in found
    assert "place in0 in @mem" not in found


def test_where_results_do_not_stay_near_tiles_lie_along_rows() -> None:
    """Rows and columns cost about the same, but elements of a column lie on pages of their own."""
    found = steps(8, 161, 1, 32, 5, "f32")
    tiled = [step.split()[1] for step in found if re.fullmatch(r"for [npq] by ([2-9]|\d\d)", step)]
    assert tiled == ["q"]
