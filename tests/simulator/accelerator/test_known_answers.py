"""Instructions of the npu with answers that are known beforehand."""

from typing import Any

import numpy as np
import pytest

from isa_mapper.binary.instance import Place
from isa_mapper.dialects.errors import UserError


def random(shape: tuple[int, ...], dtype: str = "int8", seed: int = 0) -> np.ndarray[Any, Any]:
    generator = np.random.default_rng(seed)
    if dtype == "float32":
        return generator.standard_normal(shape).astype(np.float32)
    info = np.iinfo(dtype)
    return generator.integers(info.min, info.max, shape, dtype, endpoint=True)


def words(result: Any, row: int, shape: tuple[int, int], dtype: str = "int32") -> Any:
    """A matrix in the accumulator of the npu."""
    bytes_ = result.memories["acc"][0].view(dtype).reshape(-1, 16)
    return bytes_[row : row + shape[0], : shape[1]]


def test_load_and_store_odd_sizes(listing: Any):
    a = random((7, 5))
    listing.argument("a", a)
    listing.buffer("b", "i8", 7, 5)
    listing.add("load_i8", "load.0", [listing.spad(3), listing.dram("a")], (7, 5))
    listing.add("store_i8", "store", [listing.dram("b"), listing.spad(3)], (7, 5))
    result = listing.chain().run()
    np.testing.assert_array_equal(result.outputs["b"], a)
    bytes_, defined = result.memories["spad"]
    np.testing.assert_array_equal(bytes_[48:160].reshape(7, 16)[:, :5], a.view(np.uint8))
    assert defined.sum() == 35  # the lanes beside the operand are not touched


def test_absent_rows_read_as_zero(listing: Any):
    a = random((4, 5))
    listing.argument("a", a)
    listing.buffer("b", "i8", 9, 5)
    padded = listing.dram("a", 1, 0, low=(2, 0), high=(4, 0))
    listing.add("load_i8", "load.1", [listing.spad(0), padded], (9, 5))
    listing.add("store_i8", "store", [listing.dram("b"), listing.spad(0)], (9, 5))
    expected = np.zeros((9, 5), np.int8)
    expected[2:5] = a[1:4]
    np.testing.assert_array_equal(listing.chain().run().outputs["b"], expected)


def test_load_that_finds_every_row_absent(listing: Any):
    listing.argument("a", random((4, 5)))
    listing.buffer("b", "i8", 3, 5)
    listing.add(
        "load_i8", "load.1", [listing.spad(0), listing.dram("a", low=(3, 0), high=(0, 0))], (3, 5)
    )
    listing.add("store_i8", "store", [listing.dram("b"), listing.spad(0)], (3, 5))
    assert not listing.chain().run().outputs["b"].any()


def test_transposing_load(listing: Any):
    a = random((5, 11))
    listing.argument("a", a)
    listing.buffer("b", "i8", 11, 5)
    listing.add("load_transposed_i8", "load.0", [listing.spad(8), listing.dram("a")], (11, 5))
    listing.add("store_i8", "store", [listing.dram("b"), listing.spad(8)], (11, 5))
    np.testing.assert_array_equal(listing.chain().run().outputs["b"], a.T)


@pytest.mark.parametrize("shape", [(16, 16, 16), (3, 5, 7), (1, 1, 1), (33, 16, 1)])
@pytest.mark.parametrize("transposed", [False, True])
def test_multiply_adds_to_what_is_there(listing: Any, shape: Any, transposed: bool):
    m, n, k = shape
    a, b = random((m, k), seed=1), random((k, n), seed=2)
    a[0, 0] = b[0, 0] = -128
    c = random((m, n), "int32", seed=3)
    listing.argument("a", a)
    listing.argument("b", b.T.copy() if transposed else b)
    listing.argument("c", c)
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (m, k))
    b_shape = (n, k) if transposed else (k, n)
    listing.add("load_i8", "load.0", [listing.spad(4096), listing.dram("b")], b_shape)
    listing.add("load_i32", "load.0", [listing.acc(9), listing.dram("c")], (m, n))
    name = "multiply_bt_i8" if transposed else "multiply_i8"
    places = [listing.acc(9), listing.spad(0), listing.spad(4096)]
    listing.add(name, "execute", places, (m, n, k))
    result = listing.chain().run()
    with np.errstate(over="ignore"):
        expected = c + a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(words(result, 9, (m, n)), expected)


def test_sums_wrap(listing: Any):
    listing.argument("a", np.full((1, 16), -128, np.int8))
    listing.argument("b", np.full((16, 1), -128, np.int8))
    listing.add("load_i8", "load.0", [listing.spad(0), listing.dram("a")], (1, 16))
    listing.add("load_i8", "load.0", [listing.spad(1), listing.dram("b")], (16, 1))
    listing.add("fill_i32", "vector", [listing.acc(0)], (1, 1), value=2**31 - 1)
    places = [listing.acc(0), listing.spad(0), listing.spad(1)]
    listing.add("multiply_i8", "execute", places, (1, 1, 16))
    result = listing.chain().run()
    assert words(result, 0, (1, 1))[0, 0] == -(2**31) + 2**18 - 1


def test_hardware_loops_multiply_a_whole_matrix(listing: Any):
    """Two loops: the outer one over blocks of columns of b, the inner one sums over k."""
    a, b = random((24, 64), seed=4), random((64, 48), seed=5)
    listing.argument("a", a)
    listing.argument("b", b)
    listing.buffer("c", "i32", 24, 48)
    blocks = listing.dram("a", steps=(16,))
    listing.add(
        "load_i8", "load.0", [listing.spad(0, steps=(24 * 16,)), blocks], (24, 16), counts=(4,)
    )
    blocks = listing.dram("b", steps=(16, 16 * 48))
    tiles = listing.spad(1024, steps=(64 * 16, 16 * 16))
    listing.add("load_i8", "load.1", [tiles, blocks], (16, 16), counts=(3, 4))
    listing.add("fill_i32", "vector", [listing.acc(0)], (72, 16), value=0)
    places = [
        listing.acc(0, steps=(24 * 64, 0)),
        listing.spad(0, steps=(0, 24 * 16)),
        listing.spad(1024, steps=(64 * 16, 16 * 16)),
    ]
    listing.add("multiply_i8", "execute", places, (24, 16, 16), counts=(3, 4))
    stored = listing.dram("c", steps=(64,))
    listing.add(
        "store_i32", "store", [stored, listing.acc(0, steps=(24 * 64,))], (24, 16), counts=(3,)
    )
    expected = a.astype(np.int32) @ b.astype(np.int32)
    np.testing.assert_array_equal(listing.chain().run().outputs["c"], expected)


def test_iterations_that_depend_on_each_other_run_in_order(listing: Any):
    """Row i + 1 = row i + row i + 1: running sums, which whole-array evaluation would get wrong."""
    a = random((6, 3), "int32", seed=6)
    listing.argument("a", a)
    listing.add("load_i32", "load.0", [listing.acc(0), listing.dram("a")], (6, 3))
    places = [
        listing.acc(1, steps=(64,)),
        listing.acc(0, steps=(64,)),
        listing.acc(1, steps=(64,)),
    ]
    listing.add("add_i32", "vector", places, (1, 3), counts=(5,))
    result = listing.chain().run()
    np.testing.assert_array_equal(words(result, 0, (6, 3)), np.cumsum(a, axis=0, dtype=np.int32))


def test_instruction_reads_its_operands_before_it_writes(listing: Any):
    a = random((6, 4), "int32", seed=7)
    listing.argument("a", a)
    listing.add("load_i32", "load.0", [listing.acc(0), listing.dram("a")], (6, 4))
    listing.add("copy_i32", "vector", [listing.acc(1), listing.acc(0)], (5, 4))
    result = listing.chain().run()
    np.testing.assert_array_equal(words(result, 0, (6, 4)), np.vstack([a[:1], a[:5]]))


def test_doubling_in_place_many_times(listing: Any):
    listing.argument("a", np.full((1, 2), 3, np.int32))
    listing.add("load_i32", "load.0", [listing.acc(0), listing.dram("a")], (1, 2))
    places = [listing.acc(0, steps=(0,))] * 3
    listing.add("add_i32", "vector", places, (1, 2), counts=(10,))
    assert (words(listing.chain().run(), 0, (1, 2)) == 3 * 1024).all()


REQUANTISED = [
    # value, multiplier, shift, zero point, relu, result
    (3, 1, 1, 0, 0, 2),
    (-3, 1, 1, 0, 0, -2),
    (1, 1, 1, 0, 0, 1),
    (-1, 1, 1, 0, 0, -1),
    (5, 1, 2, 0, 0, 1),
    (-5, 1, 2, 0, 0, -1),
    (1000, 1, 1, 0, 0, 127),
    (-1000, 1, 1, 0, 0, -128),
    (-1000, 1, 1, 0, 1, 0),
    (-1000, 1, 1, -100, 1, -100),
    (2**31 - 1, 2**31 - 1, 62, 0, 0, 1),
    (-(2**31), 2**31 - 1, 60, 5, 0, 1),
    (-(2**31), -(2**31), 56, 0, 0, 64),
    (-(2**31), -(2**31), 55, 0, 0, 127),
]


@pytest.mark.parametrize("case", REQUANTISED)
def test_store_requantised(listing: Any, case: tuple[int, ...]):
    value, multiplier, shift, zero_point, relu, expected = case
    listing.argument("a", np.array([[value]], np.int32))
    listing.buffer("b", "i8", 1, 1)
    listing.add("load_i32", "load.0", [listing.acc(0), listing.dram("a")], (1, 1))
    listing.add(
        *("store_requantised_i8", "store", [listing.dram("b"), listing.acc(0)], (1, 1)),
        **{"multiplier": multiplier, "shift": shift, "zero_point": zero_point, "relu": relu},
    )
    assert listing.chain().run().outputs["b"][0, 0] == expected


def test_vector_instructions_on_odd_floats(listing: Any):
    odd = np.array([[0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.0]], np.float32)
    listing.argument("a", odd)
    listing.buffer("b", "f32", 1, 7)
    listing.add("load_f32", "load.0", [listing.acc(0), listing.dram("a")], (1, 7))
    listing.add("max_number_f32", "vector", [listing.acc(1), listing.acc(0)], (1, 7), value=0.0)
    listing.add("store_f32", "store", [listing.dram("b"), listing.acc(1)], (1, 7))
    result = listing.chain().run().outputs["b"]
    expected = np.array([[0.0, 0.0, np.inf, 0.0, np.nan, 1.5, 0.0]], np.float32)
    np.testing.assert_array_equal(result, expected)
    assert not np.signbit(result[0, 1])  # the maximum of -0 and +0 is +0


def test_floats_are_summed_in_order(listing: Any):
    row = np.array([[1e8, 1.0, -1e8, 1.0, 1e-3]], np.float32)
    listing.argument("a", row)
    column = Place(64, (64,))
    listing.add("load_f32", "load.0", [listing.acc(0), listing.dram("a")], (1, 5))
    listing.add("fill_f32", "vector", [listing.acc(1)], (1, 1), value=0.5)
    listing.add("row_sum_f32", "vector", [column, listing.acc(0)], (1, 5))
    total = np.float32(0.5)
    for number in row[0]:
        total = np.float32(total + number)
    result = words(listing.chain().run(), 1, (1, 1), "float32")[0, 0]
    assert result == total
    assert total != np.float32(row.sum(dtype=np.float64) + 0.5)


def test_products_of_floats_are_summed_in_order(listing: Any):
    a, b = random((3, 5), "float32", 8), random((5, 4), "float32", 9)
    c = random((3, 4), "float32", 10)
    for name, array in (("a", a), ("b", b), ("c", c)):
        listing.argument(name, array)
    listing.add("load_f32", "load.0", [listing.acc(0), listing.dram("a")], (3, 5))
    listing.add("load_f32", "load.0", [listing.acc(16), listing.dram("b")], (5, 4))
    listing.add("load_f32", "load.0", [listing.acc(32), listing.dram("c")], (3, 4))
    places = [listing.acc(32), listing.acc(0), listing.acc(16)]
    listing.add("multiply_f32", "execute", places, (3, 4, 5))
    expected = c.copy()
    for k in range(5):
        expected = expected + a[:, k, None] * b[k]
    np.testing.assert_array_equal(words(listing.chain().run(), 32, (3, 4), "float32"), expected)


def test_one_number_for_every_row(listing: Any):
    a, b = random((4, 6), "float32", 11), random((4, 1), "float32", 12)
    listing.argument("a", a)
    listing.argument("b", b)
    listing.add("load_f32", "load.0", [listing.acc(0), listing.dram("a")], (4, 6))
    listing.add("load_f32", "load.0", [listing.acc(8), listing.dram("b")], (4, 1))
    places = [listing.acc(0), listing.acc(0), Place(64 * 8, (64,))]
    listing.add("mul_column_f32", "vector", places, (4, 6))
    np.testing.assert_array_equal(words(listing.chain().run(), 0, (4, 6), "float32"), a * b)


FLAGGED = """
!words = memref<?xi32, strided<[1]>, @dram>
isa.target @flagged {
  isa.memory @dram cached
  isa.unit @add {queue = 2 : i64}
  isa.format @word bits 64 [opcode[0:4]]
  isa.control @halt on @add finishes encoded<@word, opcode = 0>
  isa.instruction @add_i32(%c: !words, %a: !words, %more: i1) on @add extents<i = 16> cost<latency = 1, interval = i>
      encoded<@word, opcode = 1, to[4:20] = address(c), from[24:20] = address(a), n[44:4] = extent(i) - 1,
        more[48:1] = parameter(more)> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%a : !words) outs(%c : !words) {
    ^bb0(%x: i32, %old: i32):
      %none = arith.constant 0 : i32
      %before = arith.select %more, %old, %none : i32
      %r = arith.addi %before, %x : i32
      linalg.yield %r : i32
    }
  }
}
"""


@pytest.mark.parametrize("first", [0, 1])
def test_operand_that_a_flag_switches_off_is_not_read(listing_for: Any, first: int):
    listing = listing_for(FLAGGED)
    a = np.arange(5, dtype=np.int32)
    listing.argument("a", a)
    listing.buffer("c", "i32", 5)
    places = [Place(0, (4,), symbol="c"), Place(0, (4,), symbol="a")]
    listing.add("add_i32", "add", places, (5,), more=first)
    listing.add("add_i32", "add", places, (5,), more=1)
    if first:
        with pytest.raises(UserError, match="reads byte 0 of 'c' of @dram"):
            listing.chain().run()
    else:
        np.testing.assert_array_equal(listing.chain().run().outputs["c"], 2 * a)
