"""Our operations of linalg from Python; `lit_tests/dialects/linalg*.mlir` has their text and errors."""

import re
from inspect import cleandoc

import numpy as np
import pytest
from xdsl.dialects import linalg
from xdsl.dialects.builtin import DenseIntElementsAttr, TensorType, bf16, f32, i8, i32, i64
from xdsl.dialects.linalg.ops import PoolingNchwMaxOp
from xdsl.dialects.test import TestOp as AnyOp
from xdsl.ir import Attribute, Operation, SSAValue

from isa_mapper.dialects.dtypes import dtype_of
from isa_mapper.dialects.linalg import (
    BroadcastOp,
    ContractOp,
    ElementwiseOp,
    FillOp,
    Linalg,
    MapOp,
    ReduceOp,
    SoftmaxOp,
    TransposeOp,
    named_op,
)
from isa_mapper.dialects.linalg.named import TableOp, body_of
from isa_mapper.dialects.linalg.notation import Dim, row
from isa_mapper.dialects.linalg.table import NAMED
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse
from isa_mapper.runtime.reference import reference

DOCUMENTED = (
    *(BroadcastOp, ContractOp, ElementwiseOp, FillOp, MapOp, ReduceOp, SoftmaxOp, TableOp),
    TransposeOp,
)


def values(*types: Attribute) -> tuple[SSAValue, ...]:
    return tuple(AnyOp(result_types=types).results)


@pytest.mark.parametrize("op", DOCUMENTED, ids=lambda op: op.name)
def test_documentation_has_examples_that_verify(op: type[Operation]):
    doc = cleandoc(op.__doc__ or "")
    examples: list[str] = re.findall(r"^```mlir\n(.*?)^```", doc, re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        assert any(isinstance(found, op) for found in parse(example).walk())


def test_rows():
    pooling = row("n(p:r)c,r->npc max= a")
    assert pooling.axes == "npcr"
    assert pooling.strides == 1
    assert pooling.operands is not None
    assert pooling.operands[0] == (Dim("n"), Dim("p", "r", strided=True), Dim("c"))
    assert [str(map_) for map_ in pooling.maps(3, [2], [3])] == [
        "(d0, d1, d2, d3) -> (d0, ((d1 * 2) + (d3 * 3)), d2)",
        "(d0, d1, d2, d3) -> (d3)",
        "(d0, d1, d2, d3) -> (d0, d1, d2)",
    ]
    assert [str(map_) for map_ in row("(p+r),r->p += a * b").maps(1, [], [])] == [
        "(d0, d1) -> ((d0 + d1))",
        "(d0, d1) -> (d1)",
        "(d0, d1) -> (d0)",
    ]
    assert len(row("...,...->... = a + b").maps(3, [], [])) == 3


def test_every_operation_of_xdsl_is_there_and_is_xdsl_s():
    ours = {op.name: op for op in Linalg.operations}
    for op in linalg.Linalg.operations:
        assert issubclass(ours[op.name], op)
    assert {f"linalg.{name}" for name in NAMED} <= ours.keys()


def test_operations_are_built_in_python():
    a, x, y = values(TensorType(i8, [4, 5]), TensorType(i8, [5]), TensorType(i32, [4]))
    op = named_op("matvec")([a, x], [y])
    op.verify()
    assert [result.type for result in op.results] == [y.type]
    assert [inner.name for inner in op.body.block.ops] == [
        *("arith.extsi", "arith.extsi", "arith.muli", "arith.addi", "linalg.yield"),
    ]


def test_bodies_of_xdsl_s_own_operations_are_mended():
    """XDSL's pooling takes the maximum of the image and of the window."""
    image, window, old = values(*(TensorType(f32, s) for s in ([1, 1, 4, 4], [2, 2], [1, 1, 3, 3])))
    ones = DenseIntElementsAttr.from_list(TensorType(i64, [2]), [1, 1])
    op = PoolingNchwMaxOp([image, window], [old], [old.type], strides=ones, dilations=ones)
    block = body_of(op).block
    assert not list(block.args[1].uses)
    assert list(block.args[2].uses)


@pytest.mark.parametrize("name", ["transpose", "broadcast", "map", "reduce", "softmax"])
def test_interpreter_and_reference_agree_on_bf16(name: str):
    body = {
        "transpose": "ins(%x : T3) outs(%y : T3) permutation = [2, 0, 1]",
        "broadcast": "ins(%v : T1) outs(%y : T3) dimensions = [0, 2]",
        "map": "{ arith.mulf } ins(%x, %x : T3, T3) outs(%y : T3)",
        "reduce": "{ arith.maximumf } ins(%x : T3) outs(%v : T1) dimensions = [0, 2]",
        "softmax": "dimension(1) ins(%x : T3) outs(%y : T3) -> T3",
    }[name]
    result = "T1" if name == "reduce" else "T3"
    text = (
        f"func.func @f(%x: T3, %y: T3, %v: T1) -> {result} {{ %r = linalg.{name} {body}\n"
        f"func.return %r : {result} }}"
    )
    text = text.replace("T3", "tensor<3x3x3xbf16>").replace("T1", "tensor<3xbf16>")
    generator = np.random.default_rng(1)
    arrays = [
        generator.standard_normal(shape).astype(dtype_of(bf16))
        for shape in ([3, 3, 3], [3, 3, 3], [3])
    ]
    module = parse(text)
    ((value, error),) = reference(module, None, arrays)
    (got,) = interpret(module, None, arrays)
    assert (np.abs(got.astype(float) - value) <= error).all()
    assert (error <= 0.1 * np.maximum(1, np.abs(value))).all()
