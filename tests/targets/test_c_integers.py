"""Integer arithmetic in C: to the bit what the interpreter computes, at the limits of types."""

from __future__ import annotations

import shutil
from typing import Any, TypeAlias

import numpy as np
import pytest

from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

REQUANTISE = """
  %wide = arith.extsi %x : i32 to i64
  %scale = arith.constant 1518500250 : i64
  %product = arith.muli %wide, %scale : i64
  %half = arith.constant 17592186044416 : i64
  %rounded = arith.addi %product, %half : i64
  %amount = arith.constant 45 : i64
  %shifted = arith.shrsi %rounded, %amount : i64
  %zero_point = arith.constant -3 : i64
  %moved = arith.addi %shifted, %zero_point : i64
  %low = arith.constant -128 : i64
  %high = arith.constant 127 : i64
  %above = arith.maxsi %moved, %low : i64
  %clamped = arith.minsi %above, %high : i64
  %r = arith.trunci %clamped : i64 to i8
"""
BODIES = {
    "requantise": (REQUANTISE, "i32", "i8"),
    "truncate": ("%r = arith.trunci %x : i32 to i8", "i32", "i8"),
    "widen by zeros": ("%r = arith.extui %x : i8 to i64", "i8", "i64"),
    "widen by the sign": ("%r = arith.extsi %x : i16 to i64", "i16", "i64"),
    "least absolute value": ("%r = math.absi %x : i16", "i16", "i16"),
    "square wraps": ("%r = arith.muli %x, %x : i32", "i32", "i32"),
    "narrow square wraps": ("%r = arith.muli %x, %x : i8", "i8", "i8"),
    "shift right keeps the sign": (
        "%n = arith.constant 3 : i8\n %r = arith.shrsi %x, %n : i8",
        "i8",
        "i8",
    ),
    "shift right of bits": (
        "%n = arith.constant 3 : i16\n %r = arith.shrui %x, %n : i16",
        "i16",
        "i16",
    ),
    "shift left drops bits": (
        "%n = arith.constant 5 : i64\n %r = arith.shli %x, %n : i64",
        "i64",
        "i64",
    ),
    "flip the highest bit": (
        "%n = arith.constant -128 : i8\n %r = arith.xori %x, %n : i8",
        "i8",
        "i8",
    ),
    "select by the sign": (
        """%zero = arith.constant 0 : i32
           %negative = arith.cmpi slt, %x, %zero : i32
           %minus = arith.subi %zero, %x : i32
           %r = arith.select %negative, %minus, %x : i32""",
        "i32",
        "i32",
    ),
    "unsigned clamp": (
        "%most = arith.constant 200 : i32\n %r = arith.minui %x, %most : i32",
        "i32",
        "i32",
    ),
}


def at_the_limits(element: str) -> Array:
    """Numbers of a type: its limits and their neighbours, small ones, and random ones."""
    dtype = np.dtype(f"int{element[1:]}")
    limits = np.iinfo(dtype)
    few = [limits.min, limits.min + 1, limits.max - 1, limits.max, -2, -1, 0, 1, 2]
    many = np.random.default_rng(5).integers(limits.min, limits.max, 91, dtype, endpoint=True)
    return np.concatenate([np.array(few, dtype), many])


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("name", BODIES)
def test_body(name: str):
    body, source, result = BODIES[name]
    text = f"""
    #id = affine_map<(i) -> (i)>
    func.func @f(%a: tensor<100x{source}>) -> tensor<100x{result}> {{
      %empty = tensor.empty() : tensor<100x{result}>
      %b = linalg.generic {{indexing_maps = [#id, #id], iterator_types = ["parallel"]}}
          ins(%a : tensor<100x{source}>) outs(%empty : tensor<100x{result}>) {{
      ^bb0(%x: {source}, %old: {result}):
        {body}
        linalg.yield %r : {result}
      }} -> tensor<100x{result}>
      func.return %b : tensor<100x{result}>
    }}"""
    numbers = at_the_limits(source)
    (wanted,) = interpret(pipeline.parse(text), None, [numbers])
    np.testing.assert_array_equal(compile_native(text, "scalar")(numbers), wanted)
    if name == "requantise":
        scaled = (numbers.astype(object) * 1518500250 + (1 << 44)) >> 45
        exact = [min(max(int(number) - 3, -128), 127) for number in scaled]
        np.testing.assert_array_equal(wanted, np.array(exact, np.int8))
