"""Kernels from an einsum: what is built, and what is refused in which words."""

import numpy as np
import pytest
from xdsl.dialects.func import FuncOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.interpret import interpret

SIZES = {"m": 3, "k": 4, "n": 5}


def test_builds_a_function():
    module = einsum_module("mk,kn->mn", SIZES, ["u8", "i8", "i32"])
    module.verify()
    function = module.body.block.first_op
    assert isinstance(function, FuncOp)
    assert function.sym_name.data == "kernel"
    assert [arg.name_hint for arg in function.args] == ["a", "b"]
    assert 'kernel.contract "mk,kn->mn"(%a, %b) {unsigned = array<i64: 0>}' in str(module)


@pytest.mark.parametrize("spec", ["mk,kn->mn", "mk,kn", "kn , mk -> nm", "mk->km", "mk->m"])
def test_computes_what_numpy_does(spec: str):
    operands = spec.partition("->")[0].replace(" ", "").split(",")
    arrays = [
        np.arange(np.prod(shape), dtype="float32").reshape(shape)
        for shape in ([SIZES[axis] for axis in letters] for letters in operands)
    ]
    sizes = {axis: SIZES[axis] for axis in "".join(operands)}
    (got,) = interpret(einsum_module(spec, sizes, ["f32"]), None, arrays)
    np.testing.assert_array_equal(got, np.einsum(spec, *arrays))


@pytest.mark.parametrize(
    ("spec", "sizes", "types", "message"),
    [
        ("mk,kn->mz", SIZES, ["f32"], "axis 'z' of the result is in no operand"),
        ("mk,kn->mm", SIZES, ["f32"], "axis 'm' occurs twice in the output"),
        ("m...,kn->mn", SIZES, ["f32"], r"'...' is not supported"),
        ("m1,kn->mn", SIZES, ["f32"], "'1' cannot name an axis"),
        ("mk,kn->mn", {"m": 3, "k": 4}, ["f32"], "no size is given for axis 'n'"),
        ("mk,kn->mn", {**SIZES, "z": 1}, ["f32"], "there is no axis 'z' in"),
        ("mk,kn->mn", {**SIZES, "n": 0}, ["f32"], "axis 'n' has size 0"),
        ("mk,kn->mn", SIZES, ["f32", "f32"], "2 element types are given"),
        ("mk,kn->mn", SIZES, [], "0 element types are given"),
        ("mk,kn->mn", SIZES, ["float32"], "element type 'float32' is not supported"),
        ("mk,kn->mn", SIZES, ["f32", "f32", "f16"], "%a is of f32, which does not widen to f16"),
        ("mk,kn->mn", SIZES, ["u8"], "the result cannot be of type 'u8'"),
    ],
)
def test_refuses(spec: str, sizes: dict[str, int], types: list[str], message: str):
    with pytest.raises(UserError, match=message):
        einsum_module(spec, sizes, types)


def test_hints():
    with pytest.raises(UserError) as missing:
        einsum_module("mk,kn->mn", {"m": 3}, ["f32"])
    assert missing.value.hint == "add n=...,k=..."
    with pytest.raises(UserError) as unknown:
        einsum_module("mk,kn->mn", SIZES, ["bfloat16"])
    assert "bf16" in (unknown.value.hint or "")
