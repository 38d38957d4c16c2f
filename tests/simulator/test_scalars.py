"""What `arith` and `math` operations compute, at the edges of their types."""

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse
from isa_mapper.simulator.scalars import evaluate


def operation(text: str) -> Operation:
    """Return the last operation of a text whose operands are `%x`, `%y` or `%c`."""
    types = {"i8": "i8", "i32": "i32", "i1": "i1", "f32": "f32", "index": "index"}
    element = next(name for name in types if f": {name}" in text)
    head = f'%x, %y = "test.op"() : () -> ({element}, {element})\n%c = "test.op"() : () -> i1\n'
    module: ModuleOp = parse(head + text)
    last = module.body.block.last_op
    assert last is not None
    return last


INTEGERS = [
    ("arith.addi %x, %y : i8", 127, 1, -128),
    ("arith.muli %x, %y : i8", -128, -1, -128),
    ("arith.subi %x, %y : i8", -128, 1, 127),
    ("arith.divsi %x, %y : i8", -7, 2, -3),
    ("arith.divsi %x, %y : i8", -8, 2, -4),
    ("arith.divui %x, %y : i8", -1, 2, 127),
    ("arith.floordivsi %x, %y : i8", -7, 2, -4),
    ("arith.ceildivsi %x, %y : i8", 7, 2, 4),
    ("arith.remsi %x, %y : i8", -7, 2, -1),
    ("arith.remui %x, %y : i8", -1, 16, 15),
    ("arith.maxui %x, %y : i8", -1, 3, -1),
    ("arith.maxsi %x, %y : i8", -1, 3, 3),
    ("arith.shli %x, %y : i8", 3, 7, -128),
    ("arith.shrsi %x, %y : i8", -128, 7, -1),
    ("arith.shrui %x, %y : i8", -128, 7, 1),
    ("arith.cmpi ult, %x, %y : i8", 1, -1, True),
    ("arith.cmpi slt, %x, %y : i8", 1, -1, False),
    ("arith.extsi %x : i8 to i32", -128, 0, -128),
    ("arith.extui %x : i8 to i32", -128, 0, 128),
    ("arith.trunci %x : i32 to i8", 0x180, 0, -128),
    ("arith.sitofp %x : i8 to f32", -128, 0, -128.0),
    ("arith.uitofp %x : i8 to f32", -128, 0, 128.0),
    ("arith.index_cast %x : i32 to index", -5, 0, -5),
    ("math.absi %x : i8", -128, 0, -128),
    ("math.ctpop %x : i8", -1, 0, 8),
    ("math.ctlz %x : i8", 1, 0, 7),
    ("math.cttz %x : i8", 8, 0, 3),
    ("math.ipowi %x, %y : i8", 3, 3, 27),
]


@pytest.mark.parametrize(("text", "x", "y", "expected"), INTEGERS)
def test_integers(text: str, x: int, y: int, expected: object):
    op = operation(text)
    dtype = np.int8 if ": i8" in text else np.int32
    values = [dtype(x), dtype(y)][: len(op.operands)]
    with np.errstate(all="ignore"):
        assert evaluate(op, values) == expected
        assert (evaluate(op, [np.full(3, v) for v in values]) == expected).all()


FLOATS = [
    ("arith.addf %x, %y : f32", 2.0**24, 1.0, 2.0**24),
    ("arith.divf %x, %y : f32", 1.0, 0.0, np.inf),
    ("arith.maximumf %x, %y : f32", np.nan, 1.0, np.nan),
    ("arith.maxnumf %x, %y : f32", np.nan, 1.0, 1.0),
    ("arith.minimumf %x, %y : f32", 2.0, 1.0, 1.0),
    ("arith.cmpf ogt, %x, %y : f32", np.nan, 1.0, False),
    ("arith.cmpf ugt, %x, %y : f32", np.nan, 1.0, True),
    ("arith.cmpf uno, %x, %y : f32", np.nan, 1.0, True),
    ("arith.cmpf une, %x, %y : f32", 1.0, 1.0, False),
    ("arith.fptosi %x : f32 to i32", -2.75, 0.0, -2),
    ("arith.truncf %x : f32 to f16", 1.0 + 2.0**-12, 0.0, 1.0),
    ("arith.bitcast %x : f32 to i32", 1.0, 0.0, 0x3F800000),
    ("math.roundeven %x : f32", 2.5, 0.0, 2.0),
    ("math.round %x : f32", 2.5, 0.0, 3.0),
    ("math.rsqrt %x : f32", 4.0, 0.0, 0.5),
    ("math.erf %x : f32", 0.0, 0.0, 0.0),
    ("math.fma %x, %y, %x : f32", 2.0, 3.0, 8.0),
]


@pytest.mark.parametrize(("text", "x", "y", "expected"), FLOATS)
def test_floats(text: str, x: float, y: float, expected: object):
    op = operation(text)
    names = {"x": np.float32(x), "y": np.float32(y)}
    values = [names[operand.name_hint or ""] for operand in op.operands]
    with np.errstate(all="ignore"):
        np.testing.assert_equal(evaluate(op, values), expected)


def test_float_results_have_their_own_precision():
    third = evaluate(operation("arith.divf %x, %y : f32"), [np.float32(1), np.float32(3)])
    assert third.dtype == np.float32
    assert third == np.float32(1) / np.float32(3)


def test_booleans_are_bits():
    add, mul = operation("arith.addi %x, %y : i1"), operation("arith.muli %x, %y : i1")
    assert not evaluate(add, [np.True_, np.True_])
    assert evaluate(mul, [np.True_, np.True_])
    assert evaluate(operation("arith.extsi %x : i1 to i32"), [np.True_]) == -1


def test_constants_of_every_form():
    module = parse("""
      func.func @constants() -> (tensor<2x2xi8>, tensor<3xf32>, tensor<2xi1>) {
        %0 = arith.constant dense<[[1, -128], [127, -1]]> : tensor<2x2xi8>
        %1 = arith.constant dense<-1.5> : tensor<3xf32>
        %2 = arith.constant dense<[true, false]> : tensor<2xi1>
        func.return %0, %1, %2 : tensor<2x2xi8>, tensor<3xf32>, tensor<2xi1>
      }""")
    small, halves, bits = interpret(module, None, [])
    assert small.tolist() == [[1, -128], [127, -1]]
    assert (halves == -1.5).all()
    assert halves.shape == (3,)
    assert bits.tolist() == [True, False]
