"""Kernels on AMX: C with tile registers against the reference, on computers without by emulation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp

import isa_mapper
from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime import module as runtime
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import CompiledKernel, module_of
from isa_mapper.runtime.reference import reference

EMULATION = Path(__file__).parent.parent / "targets" / "amx_emulation.h"


@pytest.fixture(autouse=True)
def tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with tile registers."""
    features = frozenset(find_target("amx", ModuleOp([])).features)
    missing = features - host_features()
    if others := sorted(name for name in missing if not name.startswith("amx")):
        pytest.skip(f"this CPU lacks {', '.join(others)}")
    if missing:
        monkeypatch.setenv("CC", f"cc -include {EMULATION}")
        monkeypatch.setattr(runtime, "host_features", lambda: features)


def check(source: ModuleOp | str, constant: Sequence[str] = (), threads: int = 1) -> CompiledKernel:
    """Run a kernel on AMX on random data; all that it does must be on tiles."""
    kernel = isa_mapper.compile(source, target="amx", constant=constant, threads=threads)
    assert "_tile_dp" in kernel.source
    arrays = random_arrays(kernel.signature, seed=0)
    for array in arrays:  # the least number is where products of bytes go wrong first
        if array.dtype.kind == "i":
            array[np.random.default_rng(1).random(array.shape) < 0.3] = np.iinfo(array.dtype).min
    ((value, error),) = reference(module_of(source), None, arrays)
    result = kernel(*arrays)
    assert isinstance(result, np.ndarray)
    comparison = compare("result", result, value, error)
    assert comparison.passed, f"{comparison}\n{kernel.plan}"
    return kernel


SIZES = {
    "whole tiles": dict(m=32, n=48, k=128),
    "rows and columns left over": dict(m=45, n=35, k=192),
    "words left over": dict(m=64, n=64, k=83),
    "a part of one tile": dict(m=12, n=40, k=256),
    "a long reduction": dict(m=17, n=33, k=4100),
    "shared passes": dict(m=400, n=96, k=2048),
}


@pytest.mark.parametrize("types", ["i8 i8 i32", "u8 i8 i32", "i8 u8 i32", "u8 u8 i32"])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_products_of_bytes(types: str, sizes: Mapping[str, int]) -> None:
    check(einsum_module("mk,kn->mn", sizes, types.split()), constant=["b"])


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES.keys())
def test_products_of_brain_floats(sizes: Mapping[str, int]) -> None:
    check(einsum_module("mk,kn->mn", sizes, ["bf16", "bf16", "f32"]))


@pytest.mark.parametrize("spec", ["mk,nk->mn", "bmk,bkn->bmn", "km,kn->mn"])
def test_other_layouts(spec: str) -> None:
    sizes = {axis: size for axis, size in dict(b=3, m=40, n=37, k=192).items() if axis in spec}
    check(einsum_module(spec, sizes, ["i8", "i8", "i32"]))


CONV = """func.func @conv(%x: tensor<{image}xi8>, %w: tensor<{window}xi8>) -> tensor<{result}xi32> {{
  %y = kernel.conv %x, %w {{layout = "nhwc", strides = [{stride}, {stride}], padding = [1, 1]}}
    : tensor<{image}xi8>, tensor<{window}xi8> -> tensor<{result}xi32>
  func.return %y : tensor<{result}xi32>
}}
"""


@pytest.mark.parametrize(
    ("image", "window", "result", "stride"),
    [
        ("1x17x20x64", "3x3x64x48", "1x17x20x48", 1),
        ("2x9x33x68", "3x3x68x24", "2x5x17x24", 2),
    ],
)
def test_convolutions(image: str, window: str, result: str, stride: int) -> None:
    text = CONV.format(image=image, window=window, result=result, stride=stride)
    check(text, constant=["w"])


def test_what_follows_a_product() -> None:
    check("""
    func.func @layer(%x: tensor<40x192xi8>, %w: tensor<192x50xi8>, %b: tensor<50xi32>) -> tensor<40x50xi8> {
      %y = kernel.matmul %x, %w bias %b {requantise = {multiplier = 5, shift = 14, rounding = "away",
          zero_point = 3}, activation = "relu"}
        : tensor<40x192xi8>, tensor<192x50xi8>, tensor<50xi32> -> tensor<40x50xi8>
      func.return %y : tensor<40x50xi8>
    }""")


def test_every_thread_prepares_its_registers() -> None:
    sizes = dict(m=64, n=256, k=256)
    kernel = check(einsum_module("mk,kn->mn", sizes, ["i8", "i8", "i32"]), threads=2)
    loop = kernel.source.split("#pragma omp parallel for")[1].splitlines()
    assert loop[2].strip() == "tiles_begin();"


def test_kernels_without_tiles_do_not_ask_for_them() -> None:
    sizes = dict(m=8, n=8, k=8)
    kernel = isa_mapper.compile(einsum_module("mk,kn->mn", sizes, ["f32"]), target="amx")
    assert "tile" not in kernel.source
