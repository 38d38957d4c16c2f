"""Arrays for a function's parameters: random, from files, checked, and saved."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np

from ..dialects.errors import UserError
from ..simulator.signature import Parameter, Signature

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def shape_text(dtype: object, shape: Sequence[int]) -> str:
    """Return a data type and a shape in words: `float32 of shape 4x8`."""
    return f"{dtype} of shape {'x'.join(map(str, shape))}" if shape else f"a scalar {dtype}"


def fit(parameter: Parameter, value: object) -> Array:
    """Return an array as a parameter needs it, without a copy where that is possible.

    An array of the other signedness is taken as it is, as MLIR's integers have none.

    Raises:
        UserError: Shape or data type differ.
    """
    array = np.asarray(value)
    wanted = parameter.dtype
    if parameter.scalar and array.ndim == 0:
        return array.astype(wanted)
    other_sign = array.dtype.kind + wanted.kind in ("ui", "iu")
    if other_sign and array.dtype.itemsize == wanted.itemsize:
        array = array.view(wanted)
    if array.shape != parameter.shape or array.dtype != wanted:
        raise UserError(
            f"'{parameter.name}' is {shape_text(array.dtype, array.shape)}, "
            f"expected {shape_text(wanted, parameter.shape)}"
        )
    return array


def random_arrays(signature: Signature, seed: int) -> list[Array]:
    """Return a random array for every input: floats normal, integers from their whole range."""
    generator = np.random.default_rng(seed)
    return [_random(parameter, generator) for parameter in signature.inputs]


def _random(parameter: Parameter, generator: np.random.Generator) -> Array:
    """Return one random array."""
    dtype, shape = parameter.dtype, parameter.shape
    if dtype == np.bool_:
        return generator.integers(0, 2, shape).astype(np.bool_)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        return generator.integers(info.min, info.max, shape, dtype, endpoint=True)
    if dtype == np.float32:
        return generator.standard_normal(shape, np.float32)
    return generator.standard_normal(shape).astype(dtype)


def load_arrays(signature: Signature, paths: Sequence[str], seed: int) -> list[Array]:
    """Return an array for every input: from `.npy` files in order, then random ones.

    Raises:
        UserError: A file is not a whole `.npy` file, does not fit its parameter, or is too many.
    """
    if len(paths) > len(signature.inputs):
        names = ", ".join(parameter.name for parameter in signature.inputs)
        raise UserError(
            f"@{signature.function} takes {len(signature.inputs)} inputs ({names}), "
            f"but {len(paths)} files are given"
        )
    arrays = random_arrays(signature, seed)
    for number, (path, parameter) in enumerate(zip(paths, signature.inputs, strict=False)):
        try:
            arrays[number] = fit(parameter, _load(path))
        except UserError as error:
            raise UserError(f"{path}: {error.message}") from error
    return arrays


def _load(path: str) -> Array:
    """Read one `.npy` file."""
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise UserError(error.strerror or str(error)) from error
    except (ValueError, EOFError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"not a complete .npy file: {reason}") from error
    if not isinstance(array, np.ndarray):
        raise UserError("an .npz archive; give one .npy file per input")
    return cast(Array, array)


def save_arrays(signature: Signature, arrays: Sequence[Array], destination: str) -> list[Path]:
    """Write results to `.npy` files that appear only when complete; returns their paths.

    Args:
        signature: Names the results.
        arrays: The results.
        destination: A file that ends in `.npy` for a single result, else a prefix that is
            continued by `name.npy`.
    """
    if destination.endswith(".npy") and len(arrays) == 1:
        paths = [Path(destination)]
    else:
        join = "" if destination.endswith(("/", "-", "_", ".")) else "-"
        stem = destination.removesuffix(".npy")
        paths = [Path(f"{stem}{join}{parameter.name}.npy") for parameter in signature.outputs]
    for path, array in zip(paths, arrays, strict=True):
        _save(path, array)
    return paths


def _save(path: Path, array: Array) -> None:
    """Write one file under another name, then rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as stream:
            np.save(stream, array, allow_pickle=False)
        temporary.replace(path)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror}") from error
    finally:
        if sys.exc_info()[0] is not None:
            temporary.unlink(missing_ok=True)
