"""The C text: no warnings, no undefined behaviour, readable, with the arithmetic of MLIR."""

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.targets.c import CSource, emit_c
from isa_mapper.targets.c_instruction import fill_template
from isa_mapper.targets.c_names import Names, identifier

WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror")

GEMM = """func.func @gemm(%a: tensor<17x5xf32>, %b: tensor<5x40xf32>) -> tensor<17x40xf32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b)
    : (tensor<17x5xf32>, tensor<5x40xf32>) -> tensor<17x40xf32>
  func.return %c : tensor<17x40xf32>
}
"""
LAYER = """func.func @layer(%x: tensor<33x7xf32>, %w: tensor<19x7xf32>, %bias: tensor<19xf32>)
    -> tensor<33x19xf32> {
  %y = kernel.matmul %x, %w bias %bias {transpose_b, activation = "relu"}
    : tensor<33x7xf32>, tensor<19x7xf32>, tensor<19xf32> -> tensor<33x19xf32>
  func.return %y : tensor<33x19xf32>
}
"""
INTEGERS = """func.func @integers(%a: tensor<9x11xi8>, %b: tensor<11x6xi8>) -> tensor<9x6xi32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b)
    : (tensor<9x11xi8>, tensor<11x6xi8>) -> tensor<9x6xi32>
  func.return %c : tensor<9x6xi32>
}
"""
UNUSED = """func.func @unused(%a: memref<4xf32>, %b: memref<f64>) {
  func.return
}
"""
PROGRAMS = GEMM + LAYER + INTEGERS + UNUSED
FEW_ROWS = GEMM.replace("17", "3") + LAYER.replace("33", "3") + INTEGERS
ARRAYS = {"gemm": (15, 200, 120), "layer": (21, 133, 19, 57), "integers": (99, 66, 54)}


def emit(text: str, target: str = "avx512", portable: bool = False, threads: int = 1) -> CSource:
    """A module compiled to C."""
    lowered = pipeline.lower(pipeline.parse(text), target, threads=threads).module
    return emit_c(lowered, portable=portable)


def compile_c(compiler: str, text: str, folder: Path, *flags: str, suffix: str = "c") -> None:
    """Compile a text; fails the test with what the compiler says."""
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    file = folder / f"text.{suffix}"
    file.write_text(text)
    libraries = () if "-c" in flags else ("-lm",)
    command = [compiler, *flags, str(file), "-o", str(folder / "out"), *libraries]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    ("target", "portable"),
    [("avx512", False), ("avx512", True), ("avx2", False), ("scalar", False)],
)
def test_no_warnings(target: str, portable: bool, compiler: str, tmp_path: Path):
    c = emit(PROGRAMS, target, portable)
    compile_c(compiler, c.source, tmp_path, *WARNINGS, *c.flags, "-O1", "-c")


def test_parallel_loops_need_only_the_reported_flags(tmp_path: Path):
    c = emit(PROGRAMS, "scalar", threads=4)
    assert "#pragma omp parallel for" in c.source
    assert "-fopenmp" in c.flags
    compile_c("gcc", c.source, tmp_path, *WARNINGS, *c.flags, "-c")


@pytest.mark.parametrize("target", ["avx512", "scalar"])
def test_sanitizers(target: str, tmp_path: Path):
    c = emit(FEW_ROWS, target, portable=True)
    calls = [
        f"  {name}({', '.join(f'calloc({count}, 4)' for count in counts)});"
        for name, counts in ARRAYS.items()
    ]
    main = "\n".join(["#include <stdlib.h>", "int main(void) {", *calls, "  return 0;", "}"])
    flags = ("-std=c11", "-g", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
    compile_c("gcc", f"{c.source}\n{main}\n", tmp_path, *flags)
    environment = {"ASAN_OPTIONS": "detect_leaks=0", "LD_PRELOAD": ""}
    done = subprocess.run(
        [str(tmp_path / "out")], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("compiler", "suffix"), [("gcc", "c"), ("g++", "cpp"), ("clang", "c")])
def test_header_alone(compiler: str, suffix: str, tmp_path: Path):
    (tmp_path / "kernels.h").write_text(emit(PROGRAMS).header)
    text = '#include "kernels.h"\n#include "kernels.h"\nint use = 0;\n'
    flags = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{tmp_path}", "-c")
    compile_c(compiler, text, tmp_path, *flags, suffix=suffix)


def test_header_fits_the_source(tmp_path: Path):
    c = emit(PROGRAMS, portable=True)
    (tmp_path / "kernels.h").write_text(c.header)
    text = f'#include "kernels.h"\n{c.source}'
    compile_c("gcc", text, tmp_path, *WARNINGS, f"-I{tmp_path}", *c.flags, "-c")


def test_readable():
    source = emit(GEMM).source
    assert "*(" not in source
    assert "_mm512_set1_ps(a[k])" in source
    assert "const float *restrict a" in source
    assert "#include <math.h>" not in source
    assert max(map(len, source.splitlines())) <= 100


def test_only_one_function():
    lowered = pipeline.lower(pipeline.parse(PROGRAMS), "scalar").module
    c = emit_c(lowered, entry="gemm")
    assert "void gemm(" in c.source
    assert "layer" not in c.source + c.header
    with pytest.raises(UserError, match="there is no function 'gem'"):
        emit_c(lowered, entry="gem")


NAMES = """func.func @double(%float: memref<3xf32>, %main: memref<3xf32>, %int64_t: memref<3xf32>) {
  kernel.contract "i,i->i"(%float, %main) add %int64_t
    : (memref<3xf32>, memref<3xf32>, memref<3xf32>)
  func.return
}
func.func @"1 more"(%__m512: memref<40xf32>, %_mm512_loadu_ps: memref<40xf32>,
    %i: memref<40xf32>) {
  kernel.contract "i,i->i"(%__m512, %_mm512_loadu_ps) add %i
    : (memref<40xf32>, memref<40xf32>, memref<40xf32>)
  func.return
}
func.func @avx512_fmadd_ps(%fmaf: memref<40xf32>, %maximum_f32: memref<40xf32>) {
  %z = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]}
      ins(%fmaf : memref<40xf32>) outs(%maximum_f32 : memref<40xf32>) {
  ^bb0(%x: f32, %y: f32):
    %r = arith.maximumf %x, %y : f32
    %e = math.exp %r : f32
    linalg.yield %e : f32
  }
  func.return
}
"""


@pytest.mark.parametrize("portable", [False, True])
def test_names(portable: bool, tmp_path: Path):
    c = emit(NAMES, portable=portable)
    compile_c("gcc", c.source, tmp_path, *WARNINGS, *c.flags, "-c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("double", "double_"),
        ("1x", "x1x"),
        ("a b", "a_b"),
        ("_a", "x_a"),
        ("expf", "expf_"),
        ("int8_t", "int8_t_"),
        ("", "x"),
    ],
)
def test_identifier(text: str, expected: str):
    assert identifier(text) == expected


def test_names_are_free_again():
    names = Names(["a"])
    assert names.take("a", "x") == "a_1"
    with names.block():
        assert names.take("a", "x") == "a_2"
    assert names.take("a", "x") == "a_2"
    assert names.take(None, "x") == "x"


def test_same_name_in_c():
    text = 'func.func @"a b"() {\n  func.return\n}\nfunc.func @a_b() {\n  func.return\n}\n'
    with pytest.raises(UserError, match="@a b and @a_b have the same name in C"):
        emit(text, "scalar")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("f({p});", "f(&x[3]);"),
        ("f(*({p}));", "f(x[3]);"),
        ("f(*{p});", "f(x[3]);"),
        ("f({p}[1]);", "f((&x[3])[1]);"),
        ("f({p.size0}, {v} * {v});", "f(7, r * r);"),
        ("{{ {v}; }}", "{ r; }"),
    ],
)
def test_fill_template(template: str, expected: str):
    fields = {"p": "&x[3]", "p.size0": "7", "v": "r"}
    assert fill_template(template, fields, {"p": "x[3]"}) == expected


BINARY = {
    "f32": ["addf", "subf", "mulf", "divf", "maximumf", "minimumf", "maxnumf", "minnumf"],
    "f64": ["addf", "subf", "mulf", "divf", "maximumf", "minimumf"],
    "i8": ["addi", "subi", "muli", "andi", "ori", "xori", "maxsi", "minsi", "maxui", "minui"],
    "i32": ["addi", "subi", "muli", "andi", "ori", "xori", "maxsi", "minsi", "maxui", "minui"],
    "i64": ["addi", "subi", "muli", "maxsi", "minui"],
}
COMPARISONS = {
    "f32": "oeq ogt oge olt ole one ord ueq ugt uge ult ule une uno".split(),  # noqa: SIM905
    "i8": ["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"],
}
CONVERSIONS = [
    ("f32", "f64", "extf"),
    ("f64", "f32", "truncf"),
    ("i8", "i32", "extsi"),
    ("i8", "i32", "extui"),
    ("i32", "i8", "trunci"),
    ("i32", "f32", "sitofp"),
    ("i8", "f32", "uitofp"),
]
EDGES: dict[str, list[Any]] = {
    "f32": [0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, 3e38, 1e-40],
    "f64": [0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan, 1e300, 0.1],
    "i8": [0, 1, -1, 127, -128, 77, -77, 2, 3],
    "i32": [0, 1, -1, 2**31 - 1, -(2**31), 77, -77, 65536, 3],
    "i64": [0, 1, -1, 2**63 - 1, -(2**63), 77, -77, 1 << 32, 3],
}
DTYPES = {"f32": np.float32, "f64": np.float64, "i8": np.int8, "i32": np.int32, "i64": np.int64}


def statement(name: str, source: str, result: str, body: str) -> str:
    """An elementwise function of two arrays of 81 elements; the body gives `%r` from `%x`, `%y`."""
    inputs = f"memref<81x{source}>"
    return f"""
  func.func @{name}(%a: {inputs}, %b: {inputs}, %o: memref<81x{result}>) {{
    linalg.generic {{indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,
        affine_map<(i) -> (i)>], iterator_types = ["parallel"]}} ins(%a, %b : {inputs}, {inputs})
        outs(%o : memref<81x{result}>) {{
    ^bb0(%x: {source}, %y: {source}, %z: {result}):
      {body}
      linalg.yield %r : {result}
    }}
    func.return
  }}"""


def operators() -> dict[str, tuple[str, str, str]]:
    """Every operator to try: source type, result type and body, by the name of a function."""
    found: dict[str, tuple[str, str, str]] = {}
    for element, names in BINARY.items():
        for name in names:
            found[f"{name}_{element}"] = (element, element, f"%r = arith.{name} %x, %y : {element}")
    for element, predicates in COMPARISONS.items():
        for predicate in predicates:
            kind = f"cmp{element[0]}"
            compare = f"%c = arith.{kind} {predicate}, %x, %y : {element}\n"
            choose = f"%r = arith.select %c, %x, %y : {element}"
            found[f"{kind}_{predicate}"] = (element, element, compare + choose)
    for source, result, name in CONVERSIONS:
        body = f"%r = arith.{name} %x : {source} to {result}"
        found[f"{name}_{source}"] = (source, result, body)
    found["negf"] = ("f32", "f32", "%r = arith.negf %x : f32")
    found["absi"] = ("i32", "i32", "%r = math.absi %x : i32")
    found["absf"] = ("f32", "f32", "%r = math.absf %x : f32")
    return found


def test_arithmetic(tmp_path: Path):
    table = operators()
    text = "\n".join(statement(name, *rest) for name, rest in table.items())
    module = pipeline.parse(text)
    c = emit(text, "scalar")
    compile_c("gcc", c.source, tmp_path, *WARNINGS, "-O1", "-fPIC", "-shared")
    library = ctypes.CDLL(str(tmp_path / "out"))
    for name, (source, result, _) in table.items():
        edges = np.array(EDGES[source], DTYPES[source])
        a, b = np.repeat(edges, len(edges)), np.tile(edges, len(edges))
        actual = np.zeros(81, DTYPES[result])
        getattr(library, name)(*(ctypes.c_void_p(x.ctypes.data) for x in (a, b, actual)))
        (expected,) = interpret(module, name, [a, b])
        np.testing.assert_array_equal(actual, expected, name)
        if result[0] == "f" and not re.match("maxnum|minnum", name):  # which zero is left open
            known = ~np.isnan(actual)
            np.testing.assert_array_equal(np.signbit(actual)[known], np.signbit(expected)[known])
