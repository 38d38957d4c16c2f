"""Layouts against loops that say what they mean, element by element."""

from itertools import product
from random import Random

import numpy as np
import pytest

from isa_mapper.binary.layout import Array, bytes_of, dtype_of_element, pack, unpack
from isa_mapper.binary.program import Buffer, Dimension, Role
from isa_mapper.dialects.errors import UserError

ELEMENTS = ["i1", "i8", "i16", "i32", "i64", "f16", "bf16", "f32", "f64"]


def buffer(shape: tuple[int, ...], layout: tuple[Dimension, ...], element: str = "i8") -> Buffer:
    return Buffer("x", Role.INPUT, element, shape, layout)


def expected(array: Array, layout: tuple[Dimension, ...]) -> bytes:
    """The bytes of an array, each element found on its own."""
    found: list[bytes] = []
    for index in product(*(range(dimension.extent) for dimension in layout)):
        position = [0] * array.ndim
        for number, dimension in zip(index, layout, strict=True):
            position[dimension.of] += number * dimension.step + dimension.offset
        inside = all(0 <= p < size for p, size in zip(position, array.shape, strict=True))
        element = array[tuple(position)] if inside else np.zeros((), array.dtype)
        found.append(element.tobytes())
    return b"".join(found)


def values(shape: tuple[int, ...], element: str, seed: int) -> Array:
    """An array of random bits."""
    dtype = dtype_of_element(element)
    generator = np.random.default_rng(seed)
    if dtype == np.bool_:
        return generator.integers(0, 2, shape).astype(np.bool_)
    size = int(np.prod(shape)) * dtype.itemsize
    return np.frombuffer(generator.bytes(size), dtype).reshape(shape)


@pytest.mark.parametrize("element", ELEMENTS)
@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((5, 7), (Dimension(0, 5), Dimension(1, 7))),
        ((5, 7), (Dimension(1, 7), Dimension(0, 5))),
        ((5, 7), (Dimension(1, 2, 4), Dimension(0, 5), Dimension(1, 4))),
        ((5, 7), (Dimension(0, 2, 3), Dimension(1, 3, 3), Dimension(0, 3), Dimension(1, 3))),
        ((5,), (Dimension(0, 9, 1, -2),)),
        ((5,), (Dimension(0, 5, -1, 4),)),
        ((4, 3), (Dimension(0, 4), Dimension(1, 2), Dimension(1, 2))),
        ((), ()),
        ((0, 3), (Dimension(0, 2), Dimension(1, 3))),
    ],
)
def test_arrays_lie_as_said(element: str, shape: tuple[int, ...], layout: tuple[Dimension, ...]):
    array, place = values(shape, element, len(layout)), buffer(shape, layout, element)
    data = pack(array, place)
    assert len(data) == bytes_of(place)
    assert data == expected(array, layout)
    assert unpack(data, place).tobytes() == array.tobytes()


def test_random_tilings():
    random = Random(0)
    for seed in range(60):
        shape = tuple(random.randint(1, 6) for _ in range(random.randint(1, 3)))
        layout: list[Dimension] = []
        for of, size in enumerate(shape):
            tile = random.randint(1, 7)
            layout += [Dimension(of, -(-size // tile), tile), Dimension(of, tile)]
        random.shuffle(layout)
        array, place = values(shape, "i16", seed), buffer(shape, tuple(layout), "i16")
        assert pack(array, place) == expected(array, tuple(layout))
        np.testing.assert_array_equal(unpack(pack(array, place), place), array)


def test_arrays_in_any_order_of_memory():
    array = np.arange(35, dtype=np.int8).reshape(7, 5)
    place = buffer((5, 7), (Dimension(0, 5), Dimension(1, 7)))
    assert pack(array.T, place) == array.T.tobytes()


def test_errors():
    place = buffer((5, 7), (Dimension(0, 5), Dimension(1, 7)))
    with pytest.raises(UserError, match=r"'x' is \[5, 7\] of int8, not \[7, 5\] of int8"):
        pack(np.zeros((7, 5), np.int8), place)
    with pytest.raises(UserError, match=r"of int8, not .* of uint8"):
        pack(np.zeros((5, 7), np.uint8), place)
    with pytest.raises(UserError, match="'x' has 35 bytes, not 34"):
        unpack(bytes(34), place)
    partial = buffer((5,), (Dimension(0, 2, 2),))
    with pytest.raises(UserError, match=r"leaves out element \[1\]"):
        unpack(bytes(2), partial)
    with pytest.raises(UserError, match="'f33' is no element type"):
        bytes_of(buffer((), (), "f33"))
