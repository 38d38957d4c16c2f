"""C for machines that a CPU hands their instructions: its words are those of the binary."""

import ctypes
import importlib.util
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import isa_mapper
from isa_mapper.binary.image import relocate
from isa_mapper.binary.program import Role
from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.build import MissingCompilerError, build, find_compiler
from isa_mapper.runtime.module import CompiledKernel, prepare

RECORDING = """
#include <stdint.h>
uint64_t recorded[100000];
int number_of_recorded;
static void record(uint64_t word) { recorded[number_of_recorded++] = word; }
#define COMMAND(function, rs1, rs2) (record(function), record(rs1), record(rs2))
#define WAIT() ((void)0)
"""
"""Put before the text, this writes the commands down instead of handing them over."""

PRODUCT = """
func.func @product(%a: tensor<20x40xi8>, %b: tensor<40x24xi8>) -> tensor<20x24xi32> {
  %c = kernel.matmul %a, %b : tensor<20x40xi8>, tensor<40x24xi8> -> tensor<20x24xi32>
  func.return %c : tensor<20x24xi32>
}
"""

BIAS = """
func.func @bias(%a: tensor<70x200xi8>, %b: tensor<200x150xi8>, %bias: tensor<150xi32>) -> tensor<70x150xi32> {
  %c = kernel.matmul %a, %b bias %bias
      : tensor<70x200xi8>, tensor<200x150xi8>, tensor<150xi32> -> tensor<70x150xi32>
  func.return %c : tensor<70x150xi32>
}
"""

LAYERS = """
#all = affine_map<(i, j) -> (i, j)>
func.func @layers(%a: tensor<20x40xi8>, %b: tensor<24x18xi8>) -> tensor<20x18xi32> {
  %w = arith.constant dense<3> : tensor<40x24xi8>
  %c = kernel.matmul %a, %w : tensor<20x40xi8>, tensor<40x24xi8> -> tensor<20x24xi32>
  %none = arith.constant 0 : i32
  %scale = arith.constant 0.0625 : f32
  %least = arith.constant -128.0 : f32
  %most = arith.constant 127.0 : f32
  %e = tensor.empty() : tensor<20x24xi8>
  %d = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%c : tensor<20x24xi32>) outs(%e : tensor<20x24xi8>) {
  ^bb0(%v: i32, %old: i8):
    %u = arith.maxsi %v, %none : i32
    %f = arith.sitofp %u : i32 to f32
    %s = arith.mulf %f, %scale : f32
    %h = math.roundeven %s : f32
    %t = arith.maximumf %h, %least : f32
    %x = arith.minimumf %t, %most : f32
    %q = arith.fptosi %x : f32 to i8
    linalg.yield %q : i8
  } -> tensor<20x24xi8>
  %r = kernel.matmul %d, %b : tensor<20x24xi8>, tensor<24x18xi8> -> tensor<20x18xi32>
  func.return %r : tensor<20x18xi32>
}
"""


@pytest.fixture(autouse=True)
def compiler() -> None:
    try:
        find_compiler()
    except MissingCompilerError as error:
        pytest.skip(error.message)


def recorded(kernel: CompiledKernel, arrays: dict[str, np.ndarray]) -> list[int]:
    """What the C hands over when it is called with these arrays, three numbers per command."""
    library = build(f"{RECORDING}\n{kernel.source}")
    function = getattr(library, kernel.entry)
    function(*(ctypes.c_void_p(array.ctypes.data) for array in arrays.values()))
    number = ctypes.c_int.in_dll(library, "number_of_recorded").value
    return list((ctypes.c_uint64 * 100000).in_dll(library, "recorded"))[:number]


def in_binary(kernel: CompiledKernel, offsets: dict[str, int]) -> list[int]:
    """The same numbers in the code of the binary, whose buffers lie there."""
    code = relocate(kernel.program, offsets)
    commands = struct.iter_unpack("<QQQ", code)
    return [word for function, rs1, rs2 in commands for word in (function & 127, rs1, rs2)]


def arguments(kernel: CompiledKernel) -> dict[str, np.ndarray]:
    """An array for every argument, in their order."""
    roles = (Role.INPUT, Role.OUTPUT)
    buffers = [buffer for buffer in kernel.program.buffers if buffer.role in roles]
    return {b.name: np.zeros(b.shape, b.element.replace("i", "int")) for b in buffers}


def test_words_are_those_of_the_binary() -> None:
    kernel = prepare(PRODUCT, "gemmini16")
    arrays = arguments(kernel)
    offsets = {name: array.ctypes.data for name, array in arrays.items()}
    found = recorded(kernel, arrays)
    assert len(found) == len(kernel.program.code) // 8 > 100
    assert found == in_binary(kernel, offsets)
    assert found != in_binary(kernel, dict.fromkeys(offsets, 0)), "addresses are those of the call"


@pytest.mark.parametrize(
    ("text", "roles"), [(BIAS, {Role.SCRATCH}), (LAYERS, {Role.CONSTANT, Role.SCRATCH})]
)
def test_constants_and_what_is_in_between_have_addresses(text: str, roles: set[Role]) -> None:
    """All words are those of the binary, but that C alone knows where such buffers are."""
    kernel = prepare(text, "gemmini16")
    names = [buffer.name for buffer in kernel.program.buffers]
    arrays = arguments(kernel)
    others = {b.name: b.role for b in kernel.program.buffers if b.name not in arrays}
    assert set(others.values()) == roles
    at_zero = dict.fromkeys(names, 0)
    offsets = at_zero | {name: array.ctypes.data for name, array in arrays.items()}
    moved = np.array(recorded(kernel, arrays)) - np.array(in_binary(kernel, offsets))
    for other in others:
        in_buffer = np.array(in_binary(kernel, at_zero | {other: 1})) != in_binary(kernel, at_zero)
        (address,) = {*moved[in_buffer].tolist()}
        assert address != 0
        moved[in_buffer] = 0
    assert not moved.any()


def test_header_declares_the_function() -> None:
    header = prepare(PRODUCT, "gemmini16").header
    assert "void product(const int8_t *a, const int8_t *b, int32_t *out);" in header


def test_assembles_for_risc_v(tmp_path: Path) -> None:
    names = ("riscv64-linux-gnu-gcc", "riscv64-unknown-elf-gcc", "riscv64-elf-gcc")
    command = [path for name in names if (path := shutil.which(name)) is not None][:1]
    if not command and importlib.util.find_spec("ziglang") is not None:
        command = [sys.executable, "-m", "ziglang", "cc", "-target", "riscv64-linux-musl"]
    if not command:
        pytest.skip("no C compiler for RISC-V")
    kernel = prepare(PRODUCT, "gemmini16")
    (tmp_path / "kernel.c").write_text(kernel.source)
    options = ["-O1", "-Wall", str(tmp_path / "kernel.c"), "-o"]
    subprocess.run([*command, *options, str(tmp_path / "kernel.o"), "-c"], check=True)
    subprocess.run([*command, *options, str(tmp_path / "kernel.s"), "-S"], check=True)
    text = (tmp_path / "kernel.s").read_text()
    assert text.count(".insn") == len(kernel.program.code) // 24


def test_machines_whose_words_have_no_c_form() -> None:
    with pytest.raises(UserError, match="@npu has no C form of words of @"):
        _ = isa_mapper.compile(PRODUCT, target="npu").source
