"""`hoist-packing` and `fold-constants` by execution: the same numbers before and after, and in C."""

import shutil

import numpy as np
import pytest
from xdsl.dialects import memref, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

import isa_mapper
from isa_mapper.dialects.isa import MoveOp
from isa_mapper.dialects.isa.statement import memory_name
from isa_mapper.dialects.machines import host_features
from isa_mapper.passes.compile import CompilePass
from isa_mapper.passes.hoist_packing import HoistPackingPass
from isa_mapper.passes.window import base_of
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse, run
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.elements import Array
from isa_mapper.simulator.signature import entry_function, signature_of

LAYERS = {
    "gru": """func.func @f(%x: tensor<5x16x12xf32>, %h: tensor<16x36xf32>, %w: tensor<108x12xf32>,
        %r: tensor<108x36xf32>) -> (tensor<5x16x36xf32>, tensor<16x36xf32>) {
      %y, %last = kernel.gru %x, %h, %w, %r : tensor<5x16x12xf32>, tensor<16x36xf32>,
        tensor<108x12xf32>, tensor<108x36xf32> -> tensor<5x16x36xf32>
      func.return %y, %last : tensor<5x16x36xf32>, tensor<16x36xf32>
    }""",
    "lstm": """func.func @f(%x: tensor<3x9x5xf32>, %h: tensor<9x33xf32>, %c: tensor<9x33xf32>,
        %w: tensor<132x5xf32>, %r: tensor<132x33xf32>) -> tensor<3x9x33xf32> {
      %y, %last, %cell = kernel.lstm %x, %h, %c, %w, %r : tensor<3x9x5xf32>, tensor<9x33xf32>,
        tensor<132x5xf32>, tensor<132x33xf32> -> tensor<3x9x33xf32>
      func.return %y : tensor<3x9x33xf32>
    }""",
}


@pytest.mark.parametrize("name", LAYERS)
def test_recurrent_weights_are_packed_before_the_first_step(name: str):
    module = parse(LAYERS[name])
    arrays = random_arrays(signature_of(entry_function(module)), 3)
    expected = reference(module, None, arrays)
    stages = CompilePass(target="avx512").stages()
    names = [stage.name for stage in stages]
    lowered = module.clone()
    run(lowered, stages[: names.index(HoistPackingPass.name)])
    assert _packed_in_time(lowered)
    run(lowered, [HoistPackingPass()])
    assert not _packed_in_time(lowered)
    for got, (value, error) in zip(interpret(lowered, "f", arrays), expected, strict=True):
        assert compare("result", got, value, error).passed


def _packed_in_time(module: ModuleOp) -> int:
    """How many moves pack recurrent weights, the last argument that is read, in a time step."""
    function = entry_function(module)
    inputs = [argument for argument in function.body.block.args if argument.name_hint == "r"]
    return sum(
        isinstance(op, MoveOp)
        and base_of(op.source) is inputs[0]
        and memory_name(op.destination.type) is None
        and _is_in_time(op)
        for op in function.walk()
    )


def _is_in_time(op: Operation) -> bool:
    """Whether an operation stands in a loop over time steps."""
    loop = op.parent_op()
    while isinstance(loop, scf.ForOp):
        if loop.body.block.args[0].name_hint == "t":
            return True
        loop = loop.parent_op()
    return False


def constant_product(m: int, k: int, n: int, element: str, output: str) -> tuple[str, Array, Array]:
    """A product with constant weights, and the arrays."""
    random = np.random.default_rng(m * k * n)
    dtype = {"f32": np.float32, "i8": np.int8}[element]
    w = random.integers(-128, 128, (k, n)).astype(dtype)
    x = random.integers(-128, 128, (m, k)).astype(dtype)
    w.flat[:2], x.flat[:2] = -128, -128
    data = w.tobytes().hex().upper()
    text = f"""func.func @f(%x: tensor<{m}x{k}x{element}>) -> tensor<{m}x{n}x{output}> {{
      %w = arith.constant dense<"0x{data}"> : tensor<{k}x{n}x{element}>
      %r = kernel.matmul %x, %w : tensor<{m}x{k}x{element}>, tensor<{k}x{n}x{element}>
        -> tensor<{m}x{n}x{output}>
      func.return %r : tensor<{m}x{n}x{output}>
    }}"""
    return text, x, w


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("target", ["avx512", "avx512_vnni", "avx_vnni", "matrix16"])
@pytest.mark.parametrize(
    ("m", "k", "n", "element", "output"),
    [(5, 20, 100, "i8", "i32"), (33, 70, 90, "i8", "i32"), (7, 64, 96, "f32", "f32")],
)
def test_constant_weights(m: int, k: int, n: int, element: str, output: str, target: str):
    text, x, w = constant_product(m, k, n, element, output)
    portable = target in ("avx_vnni", "matrix16") or "avx512_vnni" not in host_features()
    kernel = isa_mapper.compile(text, target=target, portable=portable)
    np.testing.assert_array_equal(kernel(x), x.astype(np.int64) @ w.astype(np.int64))


def test_nothing_is_done_with_constant_weights_at_run_time():
    text, _, _ = constant_product(33, 70, 90, "i8", "i32")
    module = parse(text)
    run(module, CompilePass(target="avx512_vnni").stages())
    arrays = {op.sym_name.data: op for op in module.walk() if isinstance(op, memref.GlobalOp)}
    reads = [op for op in module.walk() if isinstance(op, memref.GetGlobalOp)]
    used = {op.name_.root_reference.data for op in reads}
    assert any(name.startswith("packed") for name in used)
    weights = {name for name, op in arrays.items() if op.type.get_shape() == (70, 90)}
    assert weights, "the weights as they were given, and with an offset"
    assert not used & weights, "only the panels are left"
