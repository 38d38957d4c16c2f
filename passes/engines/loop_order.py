"""Which order of the iterations of a loop matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from xdsl.ir import SSAValue

from ...dialects.shapes import element_bytes
from ..window import Window, base_of
from .strided import reaches

Accesses: TypeAlias = Sequence[tuple[Window, bool]]
"""What an instruction touches, and whether it writes that."""


def may_distribute(
    instructions: Sequence[Accesses], variable: SSAValue, bounds: tuple[int, int, int]
) -> bool:
    """Whether all iterations of each instruction of a loop may come before those of the next one.

    That is so unless an instruction touches what an earlier one touches in a later iteration, and
    one of them writes it.
    """
    return not any(
        _meets_later(late, early, variable, bounds)
        for index, after in enumerate(instructions)
        for before in instructions[:index]
        for late, late_writes in after
        for early, early_writes in before
        if late_writes or early_writes
    )


def _meets_later(
    late: Window, early: Window, variable: SSAValue, bounds: tuple[int, int, int]
) -> bool:
    """Whether a window in some iteration and another one in a later iteration share bytes."""
    if base_of(late.base) is not base_of(early.base):
        return False
    first, count, step = bounds
    difference = _difference(late, early, variable)
    if difference is None:
        return count > 1
    distance, late_step, early_step = difference
    size = element_bytes(late.type)
    terms = [*_terms(late, 1), *_terms(early, -1), (1, size - 1), (-1, size - 1)]
    for ahead in range(1, count):
        # offset + late_step * i + .. = early_step * (i + ahead) + .., for the i that are left
        total = early_step * step * ahead - distance - (late_step - early_step) * first
        moves = ((late_step - early_step) * step, count - 1 - ahead)
        if _reaches([*terms, moves], total):
            return True
    return False


def _difference(late: Window, early: Window, variable: SSAValue) -> tuple[int, int, int] | None:
    """The distance in bytes at variables of zero, and what a step of the loop adds to each window.

    None if the distance depends on other variables.
    """
    size, distance = element_bytes(late.type), 0
    steps = [0, 0]
    others: dict[SSAValue, int] = {}
    for sign, window in ((1, late), (-1, early)):
        for form, stride in zip(window.index, window.base_strides, strict=True):
            distance += sign * form.constant * stride
            for value, factor in form.terms:
                if value is variable:
                    steps[sign < 0] += factor * stride * size
                else:
                    others[value] = others.get(value, 0) + sign * factor * stride
    return None if any(others.values()) else (distance * size, steps[0], steps[1])


def _terms(window: Window, sign: int) -> list[tuple[int, int]]:
    """How far the dimensions of a window reach in bytes: factor and greatest index."""
    size = element_bytes(window.type)
    return [
        (sign * stride * size, extent - 1)
        for stride, extent in zip(window.strides(), window.shape, strict=True)
    ]


def _reaches(terms: Sequence[tuple[int, int]], total: int) -> bool:
    """Whether a sum of multiples can be `total`, with factors of either sign."""
    positive: list[tuple[int, int]] = []
    for factor, most in terms:
        if factor < 0:
            total -= factor * most
        if factor:
            positive.append((abs(factor), most))
    return reaches(positive, total)
