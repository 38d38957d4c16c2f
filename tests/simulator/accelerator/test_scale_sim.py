"""Without overlap, cycles are those of SCALE-Sim's formulas for systolic arrays.

SCALE-Sim gives the number of the last cycle, counted from 0; we give how many there are.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from isa_mapper.binary.instance import Place

ROWS, COLUMNS = 4, 6
MACHINE = """
!m = memref<?x?xi32, strided<[?, 1]>, @dram>
isa.target @array attributes {rows = ROWS : i64, columns = COLUMNS : i64} {
  isa.memory @dram cached
  isa.unit @execute {queue = 4 : i64}
  isa.format @word bits 512 [opcode[0:8]]
  isa.control @halt on @execute finishes encoded<@word, opcode = 0>
  isa.instruction @fold(%c: !m, %a: !m, %b: !m) on @execute extents<i = I, j = J, k = K>
      cost<latency = LATENCY, interval = INTERVAL>
      encoded<@word, opcode = 1, c[64:64] = address(c), a[128:64] = address(a), b[192:64] = address(b),
        i[256:16] = extent(i), j[272:16] = extent(j), k[288:16] = extent(k),
        cs[320:64] = stride(c, 0), as[384:64] = stride(a, 0), bs[448:64] = stride(b, 0)> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (!m, !m, !m)
  }
}
"""

FLOWS: dict[str, tuple[dict[str, str], str, str]] = {
    # what a fold holds, its cycles until the results begin to come out, and those until the last one has
    "output": ({"i": "rows", "j": "columns"}, "rows + columns - 2", "k"),
    "weight": ({"k": "rows", "j": "columns"}, "2 * rows + columns - 2", "i"),
    "input": ({"k": "rows", "i": "columns"}, "2 * rows + columns - 2", "j"),
}

FORMULAS: dict[str, Callable[[int, int, int], int]] = {
    "output": lambda m, n, k: -(-m // ROWS) * -(-n // COLUMNS) * (ROWS + COLUMNS + k - 2) - 1,
    "weight": lambda m, n, k: -(-k // ROWS) * -(-n // COLUMNS) * (2 * ROWS + COLUMNS + m - 2) - 1,
    "input": lambda m, n, k: -(-k // ROWS) * -(-m // COLUMNS) * (2 * ROWS + COLUMNS + n - 2) - 1,
}


@pytest.mark.parametrize("flow", FLOWS)
def test_cycles_of_folds(flow: str, listing_for: Any):
    held, latency, interval = FLOWS[flow]
    text = MACHINE.replace("LATENCY", latency).replace("INTERVAL", interval)
    for axis in "ijk":
        text = text.replace(f"{axis} = {axis.upper()}", f"{axis} = {held.get(axis, '4096')}")
    text = text.replace("= ROWS", f"= {ROWS}").replace("= COLUMNS", f"= {COLUMNS}")
    empty = listing_for(text)
    for m, n, k in product((1, 4, 9, 30), (5, 6, 13), (1, 8, 21)):
        listing = listing_for(empty.target)
        a, b = np.ones((m, k), np.int32), np.arange(k * n, dtype=np.int32).reshape(k, n)
        listing.argument("a", a)
        listing.argument("b", b)
        listing.buffer("c", "i32", m, n)
        listing.arguments["c"] = np.zeros((m, n), np.int32)
        extents = {"i": m, "j": n, "k": k}
        sizes = {"rows": ROWS, "columns": COLUMNS}
        tiles = {axis: sizes[held[axis]] if axis in held else extents[axis] for axis in "ijk"}
        for i, j, k0 in product(*(range(0, extents[axis], tiles[axis]) for axis in "ijk")):
            places = [
                Place(4 * (i * n + j), (4 * n, 4), symbol="c"),
                Place(4 * (i * k + k0), (4 * k, 4), symbol="a"),
                Place(4 * (k0 * n + j), (4 * n, 4), symbol="b"),
            ]
            starts = dict(zip("ijk", (i, j, k0), strict=True))
            done = [min(tiles[axis], extents[axis] - starts[axis]) for axis in "ijk"]
            listing.add("fold", "execute", places, done)
        result = listing.chain().run(overlap=False)
        assert result.cycles - 1 == FORMULAS[flow](m, n, k)
        np.testing.assert_array_equal(result.outputs["c"], a @ b)
