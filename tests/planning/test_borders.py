"""What the planner expects padding to add to the code, and what is written out."""

from collections import Counter

import pytest

from isa_mapper.dialects.plan import ScheduleAttr
from isa_mapper.passes.compile import CompilePass
from isa_mapper.planning.borders import Borders, Guard, fewest_bodies
from isa_mapper.runtime.pipeline import lower, parse


def depthwise(rows: int, columns: int, window: int, stride: int = 1) -> str:
    """A padded depthwise convolution of 16 channels, which are the last dimension."""
    pad = window // 2
    result = [(size + 2 * pad - window) // stride + 1 for size in (rows, columns)]
    x, w = f"tensor<1x{rows}x{columns}x16xf32>", f"tensor<{window}x{window}x16xf32>"
    y = f"tensor<1x{result[0]}x{result[1]}x16xf32>"
    attributes = f'layout = "nhwc", strides = [{stride}, {stride}], padding = [{pad}, {pad}]'
    return f"""
func.func @layer(%x: {x}, %w: {w}) -> {y} {{
  %y = kernel.depthwise_conv %x, %w {{{attributes}}} : {x}, {w} -> {y}
  func.return %y : {y}
}}
"""


def loops(schedule: ScheduleAttr, extents: dict[str, int]) -> dict[str, int]:
    """The tile along each axis of the output: what its first loop leaves."""
    tiles = dict(extents)
    for step in reversed(schedule.steps.data):
        if step.kind.data == "for" and step.subject.data in tiles:
            tiles[step.subject.data] = step.size.data
    return tiles


@pytest.mark.parametrize(
    "case", [(14, 14, 3, 1), (9, 20, 5, 1), (13, 13, 3, 2), (7, 7, 3, 1), (5, 6, 5, 1)], ids=str
)
def test_instructions_written_out(case: tuple[int, int, int, int]) -> None:
    rows, columns, window, stride = case
    lowered = lower(parse(depthwise(*case)), "avx512")
    names = [
        str(op.properties["instruction"]) for op in lowered.module.walk() if op.name == "isa.invoke"
    ]
    pad, sizes = window // 2, (rows, columns)
    points = [(size + 2 * pad - window) // stride + 1 for size in sizes]
    extents = dict(zip("pq", points, strict=True))
    tiles = loops(lowered.schedules[0], extents)
    guards = [
        Guard({pixel: stride, tap: 1}, -pad, size)
        for pixel, tap, size in zip("pq", "rs", sizes, strict=True)
    ]
    units = dict.fromkeys("pqrs", 1)
    borders = Borders(guards, {**extents, "r": window, "s": window}, units)
    # Without a border: the full tiles in a loop, and what is left over, along both axes.
    plain = 1
    for pixel, extent in extents.items():
        plain *= tiles[pixel] + extent % tiles[pixel]
    assert Counter(names)["@avx512::@fmadd_ps"] == plain + borders.added(tiles, [])


def test_nothing_absent_adds_nothing() -> None:
    inside = Guard({"p": 1, "r": 1}, 0, 16)
    borders = Borders([inside], {"p": 14, "r": 3, "c": 32}, {"p": 1, "r": 1, "c": 16})
    assert borders.added({"p": 5, "c": 1}, [frozenset("pc"), frozenset("rc")]) == 0
    assert fewest_bodies([inside], {"p": 14, "r": 3}, ["p"]) == 1


def test_what_a_border_adds() -> None:
    guard = Guard({"p": 1, "r": 1}, -1, 14)
    borders = Borders([guard], {"p": 14, "r": 3}, {"p": 1, "r": 1})
    # Tiles of one: five bodies of a call and two moves rather than one; of the whole: three of 14.
    assert borders.added({"p": 1}, [frozenset("p"), frozenset("r")]) == 4 * 3
    assert borders.added({"p": 14}, [frozenset("p"), frozenset("r")]) == 2 * (14 + 14 + 1)


def test_windows_of_large_filters_are_copied() -> None:
    """A window of 9 x 9 would be written out in 17 x 17 bodies."""
    module = parse(depthwise(11, 11, 9))
    names: list[str] = []
    for stage in CompilePass(target="avx512").stages():
        stage.apply(None, module)  # pyright: ignore[reportArgumentType]
        if stage.name == "fold-padding":
            names = [str(op) for op in module.walk() if "guard_map" in str(op)]
            break
    assert not names
