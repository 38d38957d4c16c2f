"""Epilogues at the register tile: executed at every level and in C, compared with NumPy."""

from __future__ import annotations

import shutil
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects import memref

from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.passes.compile import CompilePass
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

GENERIC = """
  %e{n} = tensor.empty() : tensor<{M}x{N}xf32>
  %{n} = linalg.generic {{indexing_maps = [{maps}affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}}
      ins({names} : {types}) outs(%e{n} : tensor<{M}x{N}xf32>) {{
  ^bb0({args}, %old: f32):
    {body}
  }} -> tensor<{M}x{N}xf32>"""

BODIES = {
    "bias": (["product", "row"], "%r = arith.addf %x0, %x1 : f32"),
    "relu": (["product"], "%c = arith.constant 0.0 : f32\n%r = arith.maximumf %x0, %c : f32"),
    "residual": (["product", "full"], "%r = arith.addf %x1, %x0 : f32"),
    "scale": (["product", "column"], "%r = arith.mulf %x0, %x1 : f32"),
    "square": (["product", "product"], "%r = arith.mulf %x0, %x1 : f32"),
    "difference": (["one", "product"], "%r = arith.subf %x0, %x1 : f32"),
}
MAPS = {"product": "(m, n)", "full": "(m, n)", "row": "(n)", "column": "(m)", "one": "()"}

CHAINS = [
    ["bias", "relu"],
    ["relu"],
    ["residual"],
    ["bias", "relu", "residual"],
    ["scale", "difference"],
    ["square"],
]
SIZES = [(9, 37, 5), (1, 16, 3), (17, 5, 1)]


def program(chain: list[str], m: int, n: int, k: int) -> str:
    shapes = {
        "full": f"{m}x{n}x",
        "row": f"{n}x",
        "column": f"{m}x",
        "one": "",
        "product": f"{m}x{n}x",
    }
    text, result = "", "%p"
    arguments = [f"%a: tensor<{m}x{k}xf32>", f"%w: tensor<{k}x{n}xf32>"]
    for number, name in enumerate(chain):
        operands, body = BODIES[name]
        names, types = list[str](), list[str]()
        for place, operand in enumerate(operands):
            types.append(f"tensor<{shapes[operand]}f32>")
            names.append(result if operand == "product" else f"%o{number}_{place}")
            if operand != "product":
                arguments.append(f"{names[-1]}: {types[-1]}")
        text += GENERIC.format(
            n=number,
            M=m,
            N=n,
            names=", ".join(names),
            types=", ".join(types),
            maps="".join(f"affine_map<(m, n) -> {MAPS[o]}>, " for o in operands),
            args=", ".join(f"%x{i}: f32" for i in range(len(operands))),
            body=body + "\nlinalg.yield %r : f32",
        )
        result = f"%{number}"
    product = f"tensor<{m}x{k}xf32>, tensor<{k}x{n}xf32> -> tensor<{m}x{n}xf32>"
    return f"""func.func @f({", ".join(arguments)}) -> tensor<{m}x{n}xf32> {{
  %p = kernel.matmul %a, %w : {product}
  {text}
  func.return {result} : tensor<{m}x{n}xf32>
}}"""


def expected(chain: list[str], arrays: list[Array]) -> Array:
    """The results by NumPy; whole numbers, so they are exact."""
    a, w, *rest = arrays
    with np.errstate(all="ignore"):
        value = a @ w
        others = iter(rest)
        for name in chain:
            match name:
                case "bias" | "residual":
                    value = value + next(others)
                case "relu":
                    value = np.where(np.isnan(value), value, np.maximum(value, 0) + np.float32(0))
                case "scale":
                    value = value * next(others)[:, np.newaxis]
                case "square":
                    value = value * value
                case _:
                    value = next(others) - value
    return value


def data(chain: list[str], m: int, n: int, k: int) -> list[Array]:
    generator = np.random.default_rng(m + n + k)
    shapes = {"full": (m, n), "row": (n,), "column": (m,), "one": ()}
    operands = [o for name in chain for o in BODIES[name][0] if o != "product"]
    arrays = [
        generator.integers(-4, 5, shape).astype(np.float32)
        for shape in [(m, k), (k, n), *(shapes[operand] for operand in operands)]
    ]
    for array in arrays[2:]:
        if array.ndim:
            array.flat[generator.integers(array.size)] = np.nan
            array.flat[generator.integers(array.size)] = -np.inf
    return arrays


@pytest.mark.parametrize("target", ["avx512", "avx2"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_epilogues(size: tuple[int, int, int], target: str):
    for chain in CHAINS:
        arrays = data(chain, *size)
        module = pipeline.parse(program(chain, *size))
        lowered = pipeline.lower(module, target)
        (result,) = interpret(lowered.module, None, arrays)
        np.testing.assert_array_equal(result, expected(chain, arrays))


@pytest.mark.parametrize("target", ["avx512", "avx2"])
def test_no_product_in_memory(target: str):
    for chain in CHAINS[-3:]:
        module = pipeline.parse(program(chain, 9, 37, 5))
        lowered = pipeline.lower(module, target).module
        buffers = [op.memref.type for op in lowered.walk() if isinstance(op, memref.AllocOp)]
        assert not [kind for kind in buffers if str(kind).startswith("memref<9x37x")]


def test_every_level():
    chain = ["bias", "relu", "residual"]
    module, arrays = pipeline.parse(program(chain, 9, 37, 5)), data(chain, 9, 37, 5)
    for stage in CompilePass(target="avx512").stages():
        pipeline.run(module, [stage])
        (result,) = interpret(module, None, arrays)
        np.testing.assert_array_equal(result, expected(chain, arrays), f"after {stage.name}")


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("target", ["avx512", "avx2"])
def test_in_c(target: str):
    chain = ["bias", "relu", "residual"]
    text, arrays = program(chain, 19, 37, 11), data(chain, 19, 37, 11)
    needed = find_target(target, pipeline.parse(text)).features
    for portable in (True, False) if host_features().issuperset(needed) else (True,):
        kernel = compile_native(text, target, portable=portable)
        np.testing.assert_array_equal(kernel(*arrays), expected(chain, arrays))
