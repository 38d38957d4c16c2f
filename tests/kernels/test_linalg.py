"""Every named operation of linalg, compiled and run, on tensors and on memrefs, and as upstream has it."""

import os
import re
import subprocess
from collections.abc import Callable

import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.linalg.ops import GenericOp
from xdsl.utils.exceptions import ParseError

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.linalg.table import NAMED
from isa_mapper.mapping.statement import statement_of
from isa_mapper.passes.lower_kernel import LowerKernelPass
from isa_mapper.passes.normalize_statements import NormalizeStatementsPass
from isa_mapper.runtime.pipeline import parse, run

Check = Callable[..., None]

W1 = "strides = dense<2> : tensor<1xi64>, dilations = dense<2> : tensor<1xi64>"
W2 = "strides = dense<[2, 1]> : tensor<2xi64>, dilations = dense<[1, 2]> : tensor<2xi64>"
W3 = "strides = dense<[2, 1, 1]> : tensor<3xi64>, dilations = dense<[1, 2, 1]> : tensor<3xi64>"

PRODUCTS = {
    "dot": "19 19 -> .",
    "matvec": "5x19 19 -> 5",
    "vecmat": "5 5x19 -> 19",
    "matmul": "5x7 7x19 -> 5x19",
    "matmul_transpose_a": "7x5 7x19 -> 5x19",
    "matmul_transpose_b": "5x7 19x7 -> 5x19",
    "mmt4d": "2x3x4x5 3x3x6x5 -> 2x3x4x6",
    "batch_matvec": "3x5x7 3x7 -> 3x5",
    "batch_vecmat": "3x5 3x5x19 -> 3x19",
    "batch_matmul": "3x4x5 3x5x18 -> 3x4x18",
    "batch_matmul_transpose_a": "3x5x4 3x5x18 -> 3x4x18",
    "batch_matmul_transpose_b": "3x4x5 3x18x5 -> 3x4x18",
    "batch_mmt4d": "2x2x3x4x5 2x3x3x6x5 -> 2x2x3x4x6",
    "batch_reduce_matmul": "3x4x5 3x5x18 -> 4x18",
    "conv_1d": "21 3 -> 19",
    "conv_2d": "7x20 3x2 -> 5x19",
    "conv_3d": "4x5x20 2x3x2 -> 3x3x19",
    "conv_1d_nwc_wcf": f"2x10x3 3x3x5 -> 2x3x5 | {W1}",
    "conv_1d_ncw_fcw": f"2x3x10 5x3x3 -> 2x5x3 | {W1}",
    "conv_2d_nhwc_hwcf": f"2x7x6x3 3x2x3x5 -> 2x3x4x5 | {W2}",
    "conv_2d_nhwc_fhwc": f"2x7x6x3 5x3x2x3 -> 2x3x4x5 | {W2}",
    "conv_2d_nchw_fchw": f"2x3x7x6 5x3x3x2 -> 2x5x3x4 | {W2}",
    "conv_2d_ngchw_fgchw": f"1x2x3x7x6 5x2x3x3x2 -> 1x2x5x3x4 | {W2}",
    "conv_2d_ngchw_gfchw": f"1x2x3x7x6 2x5x3x3x2 -> 1x2x5x3x4 | {W2}",
    "conv_2d_nhwgc_gfhwc": f"1x7x6x2x3 2x5x3x2x3 -> 1x3x4x2x5 | {W2}",
    "conv_3d_ndhwc_dhwcf": f"1x5x5x4x3 2x2x2x3x4 -> 1x2x3x3x4 | {W3}",
    "conv_3d_ncdhw_fcdhw": f"1x3x5x5x4 4x3x2x2x2 -> 1x4x2x3x3 | {W3}",
    "depthwise_conv_1d_nwc_wc": f"2x10x5 3x5 -> 2x3x5 | {W1}",
    "depthwise_conv_1d_ncw_cw": f"2x5x10 5x3 -> 2x5x3 | {W1}",
    "depthwise_conv_1d_nwc_wcm": f"2x10x5 3x5x2 -> 2x3x5x2 | {W1}",
    "depthwise_conv_2d_nhwc_hwc": f"2x7x6x5 3x2x5 -> 2x3x4x5 | {W2}",
    "depthwise_conv_2d_nchw_chw": f"2x5x7x6 5x3x2 -> 2x5x3x4 | {W2}",
    "depthwise_conv_2d_nhwc_hwcm": f"2x7x6x5 3x2x5x3 -> 2x3x4x5x3 | {W2}",
    "depthwise_conv_3d_ndhwc_dhwc": f"1x5x5x4x3 2x2x2x3 -> 1x2x3x3x3 | {W3}",
    "depthwise_conv_3d_ncdhw_cdhw": f"1x3x5x5x4 3x2x2x2 -> 1x3x2x3x3 | {W3}",
    "depthwise_conv_3d_ndhwc_dhwcm": f"1x5x5x4x3 2x2x2x3x2 -> 1x2x3x3x3x2 | {W3}",
}
"""Shapes of the operands (`.` has no dimensions) and, behind a bar, properties."""

QUANTISED = {
    name: PRODUCTS[name.replace("quantized_", "").removesuffix("_q")]
    for name in (
        *("quantized_matmul", "quantized_batch_matmul", "conv_2d_nhwc_hwcf_q"),
        *("conv_2d_nhwc_fhwc_q", "conv_2d_nchw_fchw_q", "conv_2d_ngchw_gfchw_q"),
        *("conv_2d_nhwgc_gfhwc_q", "conv_3d_ndhwc_dhwcf_q"),
        *("depthwise_conv_2d_nhwc_hwc_q", "depthwise_conv_2d_nhwc_hwcm_q"),
    )
}

IMAGES = {
    "nwc": f"2x10x5 3 -> 2x3x5 | {W1}",
    "ncw": f"2x5x10 3 -> 2x5x3 | {W1}",
    "nhwc": f"2x7x6x5 3x2 -> 2x3x4x5 | {W2}",
    "nchw": f"2x5x7x6 3x2 -> 2x5x3x4 | {W2}",
    "ndhwc": f"1x5x5x4x3 2x2x2 -> 1x2x3x3x3 | {W3}",
}
POOLINGS = {
    f"pooling_{image}_{kind}": IMAGES[image]
    for image, kinds in {
        "nwc": "sum max min max_unsigned min_unsigned",
        "ncw": "sum max",
        "nhwc": "sum max min max_unsigned min_unsigned",
        "nchw": "sum max",
        "ndhwc": "sum max min",
    }.items()
    for kind in kinds.split()
}

UNARY = [
    "exp",
    "log",
    "abs",
    "ceil",
    "floor",
    "negf",
    "reciprocal",
    "round",
    "sqrt",
    "rsqrt",
    "square",
    "tanh",
    "erf",
]
BINARY = ["add", "sub", "mul", "div", "max", "min"]


def call(
    name: str, shapes: str, types: str, properties: str = "", kind: str = "tensor", front: str = ""
) -> str:
    """Return a function of one operation.

    Args:
        name: The operation's, without the dialect's.
        shapes: `"2x3 3 -> 2"`, of the operands and the output; `.` has no dimensions, `:` is a
            scalar; behind a bar stand properties.
        types: The element types in the same order; the last one is for all others.
        properties: More properties.
        kind: `"tensor"` or `"memref"`.
        front: What stands in front of the properties.
    """
    shapes, _, listed = shapes.partition("|")
    extents = shapes.replace("->", "").split()
    elements = types.split()
    elements += elements[-1:] * (len(extents) - len(elements))
    takes = [
        element if shape == ":" else f"{kind}<{'' if shape == '.' else shape + 'x'}{element}>"
        for shape, element in zip(extents, elements, strict=True)
    ]
    names = [f"%v{number}" for number in range(len(takes))]
    arguments = ", ".join(f"{n}: {t}" for n, t in zip(names, takes, strict=True))
    given = ", ".join(filter(None, (listed.strip(), properties)))
    operation = (
        f"linalg.{name} {front} {'{' + given + '}' if given else ''} "
        f"ins({', '.join(names[:-1])} : {', '.join(takes[:-1])}) outs({names[-1]} : {takes[-1]})"
    )
    if kind == "memref":
        return f"func.func @f({arguments}) {{\n  {operation}\n  func.return\n}}"
    return (
        f"func.func @f({arguments}) -> {takes[-1]} {{\n  %r = {operation} -> {takes[-1]}\n"
        f"  func.return %r : {takes[-1]}\n}}"
    )


def quantised(shapes: str) -> str:
    """Return the shapes with two scalars behind the factors."""
    return shapes.replace(" ->", " : : ->")


def every_case(name: str, types: str) -> str:
    """Return a function of an operation whose factors have one type, the output another."""
    factor, _, output = types.partition(" ")
    output = output or factor
    if name in QUANTISED:
        return call(name, quantised(QUANTISED[name]), f"{factor} {factor} i32 i32 {output}")
    if name in PRODUCTS or name in POOLINGS:
        return call(name, (PRODUCTS | POOLINGS)[name], f"{factor} {factor} {output}")
    if name == "select":
        return call(name, "3x7 3x7 3x7 3x7", f"i1 {output}")
    if name == "copy":
        return call(name, "3x7 3x7", types)
    return call(name, "3x7 3x7" if name in UNARY else "3x7 3x7 3x7", output)


def test_every_operation_has_a_case():
    names = {*PRODUCTS, *QUANTISED, *POOLINGS, *UNARY, *BINARY}
    assert names | {"powf", "div_unsigned", "select", "copy"} == NAMED.keys()


SHOWN = (
    *("matvec", "batch_matmul_transpose_b", "mmt4d", "conv_1d", "conv_1d_ncw_fcw"),
    *("conv_2d_nchw_fchw", "conv_2d_ngchw_fgchw", "conv_3d_ndhwc_dhwcf"),
    *("depthwise_conv_2d_nhwc_hwc", "depthwise_conv_1d_nwc_wcm", "depthwise_conv_3d_ncdhw_cdhw"),
)
"""Products that are tried in more than one way."""


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name: str, check_text: Check):
    check_text(every_case(name, "f32"), "scalar")


@pytest.mark.parametrize(("types", "target"), [("i8 i32", "avx512"), ("bf16 f32", "avx512")])
@pytest.mark.parametrize("name", SHOWN)
def test_products_of_mixed_types(name: str, types: str, target: str, check_text: Check):
    check_text(every_case(name, types), target)


@pytest.mark.parametrize("name", QUANTISED)
def test_zero_points(name: str, check_text: Check):
    check_text(every_case(name, "i8 i32"), "avx512" if name in ("quantized_matmul",) else "scalar")


@pytest.mark.parametrize("name", POOLINGS)
def test_poolings(name: str, check_text: Check):
    check_text(every_case(name, "i8 i32"), "scalar")
    if not name.endswith("unsigned"):
        check_text(every_case(name, "f32"), "avx512")


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one(name: str, check_text: Check):
    check_text(every_case(name, "f32"), "scalar" if name in ("exp", "tanh") else "avx512")


@pytest.mark.parametrize("types", ["f32", "i32"])
@pytest.mark.parametrize("name", [*BINARY, "select"])
def test_functions_of_more(name: str, types: str, check_text: Check):
    check_text(every_case(name, types), "avx512" if types == "f32" else "scalar")


def forms(module: ModuleOp) -> list[object]:
    """Return what the statements of a module say, with the loops numbered as the operands use them."""
    run(module, [LowerKernelPass(), NormalizeStatementsPass()])
    found: list[object] = []
    for op in module.walk():
        if not isinstance(op, GenericOp):
            continue
        stated = statement_of(op)
        accesses = (stated.output, *stated.inputs)
        rows = [row for access in accesses for row in access.matrix]
        used = [axis for row in rows for axis in range(len(row)) if row[axis]]
        order = list(dict.fromkeys(used))
        axes = [(stated.axes[axis].extent, stated.axes[axis].reduction) for axis in order]
        shown = [
            (a.element, a.shape, a.offset, [[row[axis] for axis in order] for row in a.matrix])
            for a in accesses
        ]
        found.append((axes, shown, stated.combine, stated.body))
    return found


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("matmul", 'kernel.contract "mk,kn->mn"(%v0, %v1) add %v2 : (T0, T1, T2) -> T2'),
        ("batch_matmul", 'kernel.contract "bmk,bkn->bmn"(%v0, %v1) add %v2 : (T0, T1, T2) -> T2'),
        ("batch_matmul", "kernel.matmul %v0, %v1 init %v2 : T0, T1 -> T2"),
        ("matvec", 'kernel.contract "mk,k->m"(%v0, %v1) add %v2 : (T0, T1, T2) -> T2'),
        ("conv_1d_ncw_fcw", "kernel.conv %v0, %v1 init %v2 {S1} : T0, T1 -> T2"),
        ("conv_2d_nchw_fchw", "kernel.conv %v0, %v1 init %v2 {S2} : T0, T1 -> T2"),
        ("conv_2d_nhwc_hwcf", 'kernel.conv %v0, %v1 init %v2 {layout = "nhwc", S2} : T0, T1 -> T2'),
        ("conv_3d_ndhwc_dhwcf",
         'kernel.conv %v0, %v1 init %v2 {layout = "ndhwc", S3} : T0, T1 -> T2'),
        ("depthwise_conv_2d_nchw_chw", "kernel.depthwise_conv %v0, %v1 init %v2 {S2} : T0, T1 -> T2"),
        ("depthwise_conv_1d_nwc_wc",
         'kernel.depthwise_conv %v0, %v1 init %v2 {layout = "nwc", S1} : T0, T1 -> T2'),
    ],
)  # fmt: skip
def test_it_is_the_statement_of_the_kernel(name: str, kernel: str):
    text = every_case(name, "i8 i32")
    types = re.findall(r"%v\d: (\S+>)", text)
    steps = {
        "S1": "strides = [2], dilations = [2]",
        "S2": "strides = [2, 1], dilations = [1, 2]",
        "S3": "strides = [2, 1, 1], dilations = [1, 2, 1]",
    }
    for number, type_ in enumerate(types):
        kernel = kernel.replace(f"T{number}", type_)
    for short, long in steps.items():
        kernel = kernel.replace(short, long)
    one, other = parse(text), parse(re.sub(r"linalg\.[^\n]*", lambda _: kernel, text))
    for module in (one, other):
        run(module, [LowerKernelPass(), NormalizeStatementsPass()])
    assert str(one) == str(other)


MLIR_OPT = os.environ.get("XDSL_MLIR_OPT")


def generalized(text: str) -> ModuleOp | None:
    """Return what upstream's tool makes of a program; None if it refuses it."""
    assert MLIR_OPT is not None
    command = [MLIR_OPT, "-linalg-generalize-named-ops", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return parse(done.stdout) if done.returncode == 0 else None


@pytest.mark.skipif(MLIR_OPT is None, reason="XDSL_MLIR_OPT names no mlir-opt")
@pytest.mark.parametrize("types", ["f32", "i8", "i1", "i8 i32", "bf16 f32", "i32 f32", "f32 i8"])
def test_upstream_means_the_same(types: str):
    for name in NAMED:
        if "transpose" in name:
            continue  # upstream has them no more
        text = every_case(name, types)
        theirs = generalized(text)
        try:
            ours = parse(text)
        except (ParseError, UserError):
            assert theirs is None, name
            continue
        assert theirs is not None, name
        assert forms(ours) == forms(theirs), name
