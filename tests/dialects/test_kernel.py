"""The kernel dialect from Python; `lit_tests/dialects/kernel*.mlir` has its text and its errors."""

import re
from inspect import cleandoc

import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import DYNAMIC_INDEX, MemRefType, TensorType, bf16, f32, i8, i32
from xdsl.dialects.test import TestOp as AnyOp
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from isa_mapper.dialects.kernel import ContractOp, Kernel, MatmulOp
from isa_mapper.dialects.source import read_module
from isa_mapper.dialects.subscripts import Subscripts
from isa_mapper.tools.universe import multiverse


def values(*types: Attribute) -> tuple[SSAValue, ...]:
    return tuple(AnyOp(result_types=types).results)


@pytest.mark.parametrize("op", list(Kernel.operations), ids=lambda op: op.name)
def test_documentation_has_examples_that_verify(op: type[ContractOp | MatmulOp]):
    context = Context()
    for dialect, factory in multiverse().all_dialects.items():
        context.register_dialect(dialect, factory)
    doc = cleandoc(op.__doc__ or "")
    examples: list[str] = re.findall(r"^```mlir\n(.*?)^```", doc, re.DOTALL | re.MULTILINE)
    assert examples
    for example in examples:
        module = read_module(context, example, op.name)
        assert any(isinstance(found, op) for found in module.walk())


@pytest.mark.parametrize(
    ("text", "inputs", "output"),
    [
        ("mk,kn->mn", ("mk", "kn"), "mn"),
        (" m k , k n -> m n ", ("mk", "kn"), "mn"),
        ("->i", ("",), "i"),
        ("ij->", ("ij",), ""),
        ("zy,xz", ("zy", "xz"), "xy"),  # NumPy's order without an arrow
        ("ii", ("ii",), ""),
    ],
)
def test_subscripts(text: str, inputs: tuple[str, ...], output: str):
    assert Subscripts.parse(text) == Subscripts(inputs, output)


@pytest.mark.parametrize("text", ["m1->m", "m...->m", "mk->mm", "mk->m->k", "m k;->m"])
def test_subscripts_refuses(text: str):
    with pytest.raises(ValueError, match=r"axis|supported"):
        Subscripts.parse(text)


def test_axes_are_the_output_s_then_the_reductions():
    spec = Subscripts.parse("kcm,nkc->mn")
    assert spec.axes == "mnkc"
    assert spec.reductions == "kc"


def test_contract_on_tensors():
    a, b = values(TensorType(bf16, [4, 8]), TensorType(bf16, [8, 16]))
    op = ContractOp("mk,kn->mn", [a, b], result_type=TensorType(f32, [4, 16]))
    op.verify()
    assert op.output is op.result
    assert op.extents == {"m": 4, "n": 16, "k": 8}
    assert [str(map_) for map_ in op.indexing_maps] == [
        "(d0, d1, d2) -> (d0, d2)",
        "(d0, d1, d2) -> (d2, d1)",
        "(d0, d1, d2) -> (d0, d1)",
    ]


def test_contract_on_memrefs():
    a, acc = values(MemRefType(i8, [4]), MemRefType(i32, [4]))
    op = ContractOp("i,i->i", [a, a], add=acc, unsigned=[1])
    op.verify()
    assert op.output is acc
    assert [op.is_unsigned(index) for index in (0, 1)] == [False, True]


def test_guarded_extents_are_the_longest():
    part, whole = values(MemRefType(f32, [DYNAMIC_INDEX]), MemRefType(f32, [16]))
    op = ContractOp("i->i", [part], into=whole, guarded=True)
    op.verify()
    assert op.extents == {"i": 16}
    one, other = values(MemRefType(f32, [13]), MemRefType(f32, [16]))
    ContractOp("i->i", [one], into=other, guarded=True).verify()
    with pytest.raises(VerifyException, match="extents of axis 'i' differ: 13 in input 0, 16 in"):
        ContractOp("i->i", [one], into=other).verify()
