"""Images made by the command line, for models of hardware that read nothing but these and the JSON beside them."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isa_mapper.tools.isa_opt import main

Array = np.ndarray[Any, np.dtype[Any]]

Model = Callable[[bytes, Mapping[str, int]], bytes | bytearray]
"""Executes the code in an image; takes where that is, gives what the memory holds in the end."""

DTYPES = {"i8": np.int8, "i32": np.int32}


@pytest.fixture
def run_image(tmp_path: Path) -> Callable[..., Array]:
    """Compiles a program to an image, puts arrays into it, lets a model execute it, takes the result out."""

    def run(text: str, target: str, arrays: Mapping[str, Array], model: Model) -> Array:
        (tmp_path / "kernel.mlir").write_text(text)
        for format in ("image", "manifest"):
            options = ["-p", f"compile{{target={target}}}", "-t", f"bin{{format={format}}}"]
            status = main([str(tmp_path / "kernel.mlir"), *options, "-o", str(tmp_path / format)])
            assert not status
        about = json.loads((tmp_path / "manifest").read_text())
        image = bytearray((tmp_path / "image").read_bytes())
        assert len(image) == about["size"]
        buffers = {entry["name"]: entry for entry in about["buffers"]}
        for name, array in arrays.items():
            insert(array, image, buffers[name])
        (output,) = [entry for entry in about["buffers"] if entry["role"] == "output"]
        return extract(model(bytes(image), about["code"]), output)

    return run


@pytest.fixture(scope="session")
def hexadecimal() -> Callable[[Array], str]:
    """Writes an array as a constant of MLIR."""

    def text(array: Array) -> str:
        type_ = f"tensor<{'x'.join(map(str, array.shape))}xi{8 * array.itemsize}>"
        return f'arith.constant dense<"0x{array.tobytes().hex().upper()}"> : {type_}'

    return text


def insert(array: Array, image: bytearray, entry: Mapping[str, Any]) -> None:
    """Put an array where the JSON says."""
    assert DTYPES[entry["element"]] == array.dtype
    held = np.zeros(entry["size"] // array.itemsize, array.dtype)
    for place, index in positions(entry):
        held[place] = array[index]
    image[entry["offset"] : entry["offset"] + entry["size"]] = held.tobytes()


def extract(memory: bytes | bytearray, entry: Mapping[str, Any]) -> Array:
    """Take an array from where the JSON says."""
    data = memory[entry["offset"] : entry["offset"] + entry["size"]]
    found = np.frombuffer(data, DTYPES[entry["element"]])
    result = np.zeros(entry["shape"], found.dtype)
    for place, index in positions(entry):
        result[index] = found[place]
    return result


def positions(entry: Mapping[str, Any]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Per place of a buffer in elements, the index of the caller's array that is there."""
    layout = entry["layout"]
    for place, point in enumerate(np.ndindex(*(piece["extent"] for piece in layout))):
        index = [0] * len(entry["shape"])
        for piece, at in zip(layout, point, strict=True):
            index[piece["of"]] += piece["offset"] + at * piece["step"]
        if all(i < n for i, n in zip(index, entry["shape"], strict=True)):
            yield place, tuple(index)
