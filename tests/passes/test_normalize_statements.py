"""`normalize-statements` keeps every result to the bit, and has one form for what is the same."""

import random
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from xdsl.dialects.arith import (
    CMPF_COMPARISON_OPERATIONS,
    CMPI_COMPARISON_OPERATIONS,
    CmpfOp,
    CmpiOp,
    ConstantOp,
)
from xdsl.dialects.builtin import FloatAttr, IntegerAttr, ModuleOp
from xdsl.dialects.linalg.ops import GenericOp, YieldOp
from xdsl.ir import SSAValue

from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
Same = Callable[[list[Array], list[Array]], None]

STATEMENT = """
#id = affine_map<(d0) -> (d0)>
func.func @kernel(%a: tensor<{n}x{type}>, %b: tensor<{n}x{type}>, %c: tensor<{n}x{type}>)
    -> tensor<{n}x{type}> {{
  %r = linalg.generic {{indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}}
    ins(%a, %b : tensor<{n}x{type}>, tensor<{n}x{type}>) outs(%c : tensor<{n}x{type}>) {{
  ^bb0(%x: {type}, %y: {type}, %o: {type}):
{body}
  }} -> tensor<{n}x{type}>
  func.return %r : tensor<{n}x{type}>
}}
"""

FLOATS = [0.0, -0.0, 1.0, -1.0, 2.5, 1e-45, 3e38, -3e38, np.inf, -np.inf, np.nan]
INTEGERS = [0, 1, 2, 3, -1, -2, 127, -128, 64, -77]


def all_triples(numbers: list[float], dtype: str) -> list[Array]:
    """Return three arrays that together hold every triple of the numbers."""
    grid = np.meshgrid(*[np.array(numbers, dtype)] * 3, indexing="ij")
    return [axis.ravel() for axis in grid]


def body_text(lines: list[str], type_: str) -> str:
    inputs = FLOATS if type_ == "f32" else INTEGERS
    return STATEMENT.format(n=len(inputs) ** 3, type=type_, body="\n".join(lines))


class Bodies:
    """Makes random bodies."""

    PREDICATES = [
        "false",
        "oeq",
        "ogt",
        "oge",
        "olt",
        "ole",
        "one",
        "ord",
        "ueq",
        "ugt",
        "uge",
        "ult",
        "ule",
        "une",
        "uno",
        "true",
    ]
    INTEGER_PREDICATES = ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"]

    def __init__(self, seed: int, type_: str) -> None:
        self.random, self.type = random.Random(seed), type_
        self.lines: list[str] = []
        self.names = self.numbers()

    def numbers(self) -> Iterator[str]:
        for number in range(1000):
            yield f"%t{number}"

    def emit(self, text: str) -> str:
        name = next(self.names)
        self.lines.append(f"    {name} = {text}")
        return name

    def constant(self) -> str:
        floats = ["0.0", "-0.0", "1.0", "-1.0", "2.5", "0x7FC00000", "0x7F800000", "1.0", "0.0"]
        values = floats if self.type == "f32" else ["0", "1", "-1", "3", "-128", "127", "64"]
        return self.emit(f"arith.constant {self.random.choice(values)} : {self.type}")

    def value(self, depth: int) -> str:
        pick = self.random.random()
        if depth == 0 or pick < 0.15:
            return self.random.choice(["%x", "%y", "%o"]) if pick < 0.1 else self.leaf()
        return self.float_op(depth) if self.type == "f32" else self.integer_op(depth)

    def leaf(self) -> str:
        return self.random.choice(["%x", "%y", "%o", self.constant()])

    def selection(self, depth: int, compare: str) -> str:
        one, other = self.value(depth - 1), self.value(depth - 1)
        condition = self.emit(f"{compare}, {one}, {other} : {self.type}")
        arms = [one, other] if self.random.random() < 0.8 else [one, self.value(depth - 1)]
        self.random.shuffle(arms)
        return self.emit(f"arith.select {condition}, {arms[0]}, {arms[1]} : {self.type}")

    def float_op(self, depth: int) -> str:
        kind = self.random.choice(["binary", "binary", "select", "negate", "cast"])
        if kind == "select":
            return self.selection(depth, f"arith.cmpf {self.random.choice(self.PREDICATES)}")
        if kind == "negate":
            return self.emit(f"arith.negf {self.value(depth - 1)} : f32")
        if kind == "cast":
            wide = self.emit(f"arith.extf {self.value(depth - 1)} : f32 to f64")
            return self.emit(f"arith.truncf {wide} : f64 to f32")
        name = self.random.choice(["addf", "subf", "mulf", "maximumf", "minimumf"])
        return self.emit(f"arith.{name} {self.value(depth - 1)}, {self.value(depth - 1)} : f32")

    def integer_op(self, depth: int) -> str:
        kind = self.random.choice(["binary", "binary", "binary", "select", "cast"])
        if kind == "select":
            predicate = self.random.choice(self.INTEGER_PREDICATES)
            return self.selection(depth, f"arith.cmpi {predicate}")
        if kind == "cast":
            first, second = self.random.choice(["si", "ui"]), self.random.choice(["si", "ui"])
            wide = self.emit(f"arith.ext{first} {self.value(depth - 1)} : i8 to i16")
            wider = self.emit(f"arith.ext{second} {wide} : i16 to i32")
            return self.emit(f"arith.trunci {wider} : i32 to i8")
        names = ["addi", "subi", "muli", "andi", "ori", "xori", "maxsi", "minsi", "maxui", "minui"]
        name = self.random.choice(names)
        return self.emit(f"arith.{name} {self.value(depth - 1)}, {self.value(depth - 1)} : i8")

    def text(self) -> str:
        result = self.value(4)
        return body_text([*self.lines, f"    linalg.yield {result} : {self.type}"], self.type)


def maximum(one: Array, other: Array) -> Array:
    """MLIR's maximumf: a NaN stays, and 0.0 is more than -0.0, of which NumPy takes either."""
    larger = np.where(one == other, np.where(np.signbit(one), other, one), np.maximum(one, other))
    return larger.astype(one.dtype)


def minimum(one: Array, other: Array) -> Array:
    """MLIR's minimumf."""
    return -maximum(-one, -other)


def unsigned(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda *args: function(*(arg.view(f"u{arg.dtype}") for arg in args))


FUNCTIONS: dict[str, Callable[..., Array]] = {
    **dict.fromkeys(["arith.addf", "arith.addi"], np.add),
    **dict.fromkeys(["arith.subf", "arith.subi"], np.subtract),
    **dict.fromkeys(["arith.mulf", "arith.muli"], np.multiply),
    "arith.negf": np.negative,
    "arith.maximumf": maximum,
    "arith.minimumf": minimum,
    "arith.maxsi": np.maximum,
    "arith.minsi": np.minimum,
    "arith.maxui": unsigned(np.maximum),
    "arith.minui": unsigned(np.minimum),
    "arith.andi": np.bitwise_and,
    "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
    "arith.select": np.where,
    "arith.extui": unsigned(np.array),
    **dict.fromkeys(["arith.extf", "arith.extsi", "arith.truncf", "arith.trunci"], np.array),
}
DTYPES = {
    "f32": "float32",
    "f64": "float64",
    "i1": "bool",
    "i8": "int8",
    "i16": "int16",
    "i32": "int32",
}
COMPARISONS: dict[str, Callable[..., Array]] = {
    "eq": np.equal,
    "ne": np.not_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "lt": np.less,
    "le": np.less_equal,
}


def compared(op: CmpfOp | CmpiOp, one: Array, other: Array) -> Array:
    names = CMPF_COMPARISON_OPERATIONS if isinstance(op, CmpfOp) else CMPI_COMPARISON_OPERATIONS
    name = names[op.predicate.value.data]
    if isinstance(op, CmpiOp):
        compare = COMPARISONS[name[-2:]]
        return unsigned(compare)(one, other) if name[0] == "u" else compare(one, other)
    apart = np.isnan(one) | np.isnan(other)
    if name in ("true", "false", "ord", "uno"):
        constant = np.full(one.shape, name == "true")
        return {"ord": ~apart, "uno": apart}.get(name, constant)
    if name == "one":
        return ~apart & (one != other)
    compare = COMPARISONS[name[1:]]
    return apart | compare(one, other) if name[0] == "u" else ~apart & compare(one, other)


def evaluate(module: ModuleOp, inputs: list[Array]) -> list[Array]:
    """Return what the only statement's body yields, one element of the inputs after the other."""
    (generic,) = [op for op in module.walk() if isinstance(op, GenericOp)]
    block = generic.body.block
    values: dict[SSAValue, Array] = dict(zip(block.args, inputs, strict=True))
    for op in block.ops:
        args = [values[operand] for operand in op.operands]
        if isinstance(op, YieldOp):
            return args
        dtype = DTYPES[str(op.results[0].type)]
        if isinstance(op, ConstantOp):
            assert isinstance(op.value, FloatAttr | IntegerAttr)
            result = np.full(inputs[0].shape, op.value.value.data, dtype)
        elif isinstance(op, CmpfOp | CmpiOp):
            result = compared(op, *args)
        else:
            result = FUNCTIONS[op.name](*args)
        values[op.results[0]] = result.astype(dtype)
    raise AssertionError("no yield")


def check_forms(text: str, run_passes: RunPasses) -> ModuleOp:
    """Return the module after the pass; a second run must not change it."""
    once = run_passes(text, "normalize-statements")
    assert str(run_passes(str(once), "normalize-statements")) == str(once)
    return once


def check_body(text: str, inputs: list[Array], run_passes: RunPasses, same: Same) -> None:
    """Compare what a body yields before and after."""
    once = check_forms(text, run_passes)
    with np.errstate(all="ignore"):
        same(evaluate(once, inputs), evaluate(run_passes(text), inputs))


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize(
    ("type_", "numbers", "dtype"), [("f32", FLOATS, "float32"), ("i8", INTEGERS, "int8")]
)
def test_random_bodies(
    seed: int,
    type_: str,
    numbers: list[float],
    dtype: str,
    run_passes: RunPasses,
    assert_same: Same,
):
    check_body(Bodies(seed, type_).text(), all_triples(numbers, dtype), run_passes, assert_same)


@pytest.mark.parametrize("predicate", Bodies.PREDICATES)
def test_selections_of_floats(predicate: str, run_passes: RunPasses, assert_same: Same):
    orders = ["%x, %k", "%k, %x"]
    for constant, arms, operands in product(["0.0", "-0.0", "2.5", "0x7FC00000"], orders, orders):
        lines = [
            f"    %k = arith.constant {constant} : f32",
            f"    %cond = arith.cmpf {predicate}, {operands} : f32",
            f"    %s = arith.select %cond, {arms} : f32",
            "    linalg.yield %s : f32",
        ]
        inputs = all_triples(FLOATS, "float32")
        check_body(body_text(lines, "f32"), inputs, run_passes, assert_same)


SAME = {
    "accumulation": ("f32", ["%m = arith.mulf %x, %y : f32", "%r = arith.addf %o, %m : f32"], [
        ["%m = arith.mulf %y, %x : f32", "%r = arith.addf %m, %o : f32"],
        ["%q = arith.constant 1.0 : f32", "%n = arith.mulf %y, %x : f32",
         "%m = arith.mulf %q, %n : f32", "%r = arith.addf %m, %o : f32"],
    ]),
    "difference": ("f32", ["%k = arith.constant -1.5 : f32", "%r = arith.addf %x, %k : f32"], [
        ["%k = arith.constant 1.5 : f32", "%r = arith.subf %x, %k : f32"],
    ]),
    "maximum": ("i8", ["%r = arith.maxsi %x, %y : i8"], [
        ["%q = arith.cmpi sgt, %x, %y : i8", "%r = arith.select %q, %x, %y : i8"],
        ["%q = arith.cmpi sle, %x, %y : i8", "%r = arith.select %q, %y, %x : i8"],
        ["%q = arith.cmpi slt, %y, %x : i8", "%r = arith.select %q, %x, %y : i8"],
    ]),
    "relu": ("f32", ["%k = arith.constant 0.0 : f32", "%r = arith.maximumf %x, %k : f32"], [
        ["%k = arith.constant 0.0 : f32", "%q = arith.cmpf ugt, %x, %k : f32",
         "%r = arith.select %q, %x, %k : f32"],
        ["%k = arith.constant 0.0 : f32", "%q = arith.cmpf oge, %k, %x : f32",
         "%r = arith.select %q, %k, %x : f32"],
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_one_form(name: str, run_passes: RunPasses):
    type_, form, others = SAME[name]
    end = f"linalg.yield %r : {type_}"
    expected = str(run_passes(body_text([*form, end], type_), "normalize-statements"))
    for other in others:
        assert str(run_passes(body_text([*other, end], type_), "normalize-statements")) == expected


NAMED = {
    "matmul": ("2x3xf32 3x4xf32 2x4xf32", "linalg.matmul", "m n k"),
    "add": ("3x4xf32 3x4xf32 3x4xf32", "linalg.add", "i0 i1"),
    "sub": ("3x4xf32 3x4xf32 3x4xf32", "linalg.sub", "i0 i1"),
    "mul": ("3x4xi32 3x4xi32 3x4xi32", "linalg.mul", "i0 i1"),
    "max": ("3x4xf32 3x4xf32 3x4xf32", "linalg.max", "i0 i1"),
    "min": ("3x4xf32 3x4xf32 3x4xf32", "linalg.min", "i0 i1"),
    "exp": ("3xf32 3xf32", "linalg.exp", "i0"),
    "log": ("3xf32 3xf32", "linalg.log", "i0"),
    "sqrt": ("3xf32 3xf32", "linalg.sqrt", "i0"),
    "copy": ("3x4xf32 3x4xf32", "linalg.copy", "i0 i1"),
    "conv nchw":
        ("2x3x9x9xf32 4x3x3x3xf32 2x4x4x4xf32", "linalg.conv_2d_nchw_fchw S", "n o p q c r s"),
    "conv nhwc":
        ("2x9x9x3xf32 3x3x3x4xf32 2x4x4x4xf32", "linalg.conv_2d_nhwc_hwcf S", "n p q o r s c"),
    "conv i8":
        ("2x9x9x3xi8 4x3x3x3xi8 2x4x4x4xi32", "linalg.conv_2d_nhwc_fhwc S", "n p q o r s c"),
    "grouped":
        ("2x2x3x9x9xf32 2x5x3x3x3xf32 2x2x5x4x4xf32",
         "linalg.conv_2d_ngchw_gfchw S", "n g o p q c r s"),
    "pooling":
        ("2x3x9x9xf32 3x3xf32 2x3x4x4xf32", "linalg.pooling_nchw_max S", "n c p q r s"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_named_operations(name: str, run_passes: RunPasses, assert_same: Same):
    shapes, op, axes = NAMED[name]
    *ins, out = [f"tensor<{shape}>" for shape in shapes.split()]
    names = [f"%{letter}" for letter in "abc"[: len(ins)]]
    arguments = ", ".join(f"{n}: {t}" for n, t in zip(names, ins, strict=True))
    strided = "{strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}"
    text = f"""func.func @kernel({arguments}, %o: {out}) -> {out} {{
      %r = {op.replace(" S", " " + strided)}
        ins({", ".join(names)} : {", ".join(ins)}) outs(%o : {out}) -> {out}
      func.return %r : {out}
    }}"""
    generator = np.random.default_rng(1)
    dtypes = {"f32": "float32", "i32": "int32", "i8": "int8"}
    inputs: list[Array] = []
    for shape in shapes.split():
        *sizes, type_ = shape.split("x")
        inputs.append(generator.integers(-99, 99, [int(s) for s in sizes]).astype(dtypes[type_]))
    module = check_forms(text, run_passes)
    assert_same(interpret(module, None, inputs), interpret(run_passes(text), None, inputs))
    assert (
        f"kernel.axes = [{', '.join(f'{chr(34)}{axis}{chr(34)}' for axis in axes.split())}]"
        in str(module)
    )


def test_convolution_is_numpy_s(run_passes: RunPasses):
    text = """
    func.func @kernel(%x: tensor<2x3x7x7xf32>, %w: tensor<4x3x3x3xf32>, %o: tensor<2x4x3x3xf32>)
        -> tensor<2x4x3x3xf32> {
      %r = linalg.conv_2d_nchw_fchw
        {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
        ins(%x, %w : tensor<2x3x7x7xf32>, tensor<4x3x3x3xf32>)
        outs(%o : tensor<2x4x3x3xf32>) -> tensor<2x4x3x3xf32>
      func.return %r : tensor<2x4x3x3xf32>
    }"""
    generator = np.random.default_rng(1)
    x, w, o = (
        generator.integers(-9, 9, shape).astype("float32")
        for shape in ([2, 3, 7, 7], [4, 3, 3, 3], [2, 4, 3, 3])
    )
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
    (got,) = interpret(run_passes(text, "normalize-statements"), None, [x, w, o])
    np.testing.assert_array_equal(got, o + np.einsum("ncpqrs,ocrs->nopq", windows, w))


def test_windows_become_reductions(run_passes: RunPasses):
    text = """func.func @kernel(%a: tensor<3xf32>, %o: tensor<f32>) -> tensor<f32> {
      %r = linalg.generic {iterator_types = ["window"],
                           indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>]}
        ins(%a : tensor<3xf32>) outs(%o : tensor<f32>) {
      ^bb0(%x: f32, %old: f32):
        %s = arith.addf %x, %old : f32
        linalg.yield %s : f32
      } -> tensor<f32>
      func.return %r : tensor<f32>
    }"""
    module = run_passes(text, "normalize-statements")
    (generic,) = [op for op in module.walk() if isinstance(op, GenericOp)]
    assert [kind.data.value for kind in generic.iterator_types] == ["reduction"]


def test_shared_terms_stay_shared(run_passes: RunPasses):
    """A chain of squares would be a tree of 2**40 leaves if it were written out."""
    lines = ["    %t0 = arith.mulf %x, %y : f32"]
    lines += [f"    %t{n} = arith.mulf %t{n - 1}, %t{n - 1} : f32" for n in range(1, 41)]
    module = run_passes(
        body_text([*lines, "    linalg.yield %t40 : f32"], "f32"), "normalize-statements"
    )
    assert sum(op.name == "arith.mulf" for op in module.walk()) == 41
