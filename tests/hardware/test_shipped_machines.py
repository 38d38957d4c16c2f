"""Every shipped machine: its file is clean, its C compiles, its instructions do what they say."""

import ctypes
import re
import shutil
import subprocess
from functools import cache
from math import prod
from pathlib import Path

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    IntegerType,
    MemRefType,
    ModuleOp,
    StridedLayoutAttr,
    i1,
)
from xdsl.ir import Attribute

from isa_mapper.dialects.dtypes import dtype_of
from isa_mapper.dialects.isa import InstructionOp, MemoryKind, TargetOp
from isa_mapper.dialects.machines import find_target, host_features, list_machines
from isa_mapper.dialects.source import read_module
from isa_mapper.mapping.check_target import check_target
from isa_mapper.mapping.statement import statement_of
from isa_mapper.runtime.interpret import interpret
from isa_mapper.targets.c_expression import literal
from isa_mapper.tools.universe import multiverse

MACHINES = [name for name, _ in list_machines()]
C_ELEMENTS = {
    **{"f32": "float", "f64": "double", "bf16": "uint16_t", "i1": "bool"},
    **{"i8": "int8_t", "i16": "int16_t", "i32": "int32_t", "i64": "int64_t"},
}
EMULATED = {"amx": Path(__file__).parent.parent / "targets" / "amx_emulation.h"}
"""Headers with the instructions of machines that few computers are."""
NUMBER = 3
"""The value of every parameter."""
ROUNDS = 8
"""How often an instruction whose operands have one size is executed."""
ODD_VALUES = [0.0, -0.0, 1.0, -1.5, 2.25, -3.0, np.inf, -np.inf, np.nan, 0.5, 7.0, 1e-40]


def machine(name: str) -> TargetOp:
    return find_target(name, ModuleOp([]))


def first_machines() -> dict[InstructionOp, str]:
    """Per instruction that has a C form, the smallest machine that has it."""
    found: dict[InstructionOp, str] = {}
    for name in sorted(MACHINES, key=lambda name: len(machine(name).instructions)):
        for op in machine(name).instructions.values():
            if op.c_template is not None:
                found.setdefault(op, name)
    return found


FIRST = first_machines()
INSTRUCTIONS = [
    pytest.param(name, op.symbol, id=f"{name}-{op.symbol}") for op, name in FIRST.items()
]


@pytest.mark.parametrize("name", MACHINES)
def test_file_is_named_like_its_machine_and_starts_with_a_comment(name: str):
    assert machine(name).symbol == name
    assert dict(list_machines())[name]


@pytest.mark.parametrize("name", MACHINES)
def test_lint_finds_nothing(name: str):
    assert check_target(machine(name)) == []


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", MACHINES)
def test_c_forms_compile_without_warnings(name: str, compiler: str, tmp_path: Path):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    for level in ("-O0", "-O3"):
        compile_c(machine(name), compiler, tmp_path, level)


@pytest.mark.parametrize(("name", "symbol"), INSTRUCTIONS)
def test_instruction_does_what_its_body_says(
    name: str, symbol: str, tmp_path_factory: pytest.TempPathFactory
):
    target = machine(name)
    if missing := needed(target) - host_features():
        pytest.skip(f"this CPU lacks {', '.join(sorted(missing))}")
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = build(name, compiler, tmp_path_factory.getbasetemp() / f"shipped-{name}")
    op = target.instructions[symbol]
    least = int(any(is_strided(type_) for type_ in op.operand_memrefs))
    bound = longest(op)
    sizes = [0] * ROUNDS if bound == DYNAMIC_INDEX else [1, 2, 3, bound // 2, bound - 1, bound]
    generator = np.random.default_rng(len(symbol))
    for size in sorted(n for n in [least, *sizes] if least <= n <= max(bound, 0)):
        arrays = [operand(op, index, size, generator) for index in range(len(op.operand_names))]
        expected = simulate(name, op, size, arrays)
        run_native(library, op, size, arrays)
        compare(op, arrays[op.output_index], expected[0])


def needed(target: TargetOp) -> set[str]:
    """The features that a CPU must have to execute the C forms, emulated where possible."""
    own = target.features_attr.data if target.features_attr is not None else ()
    is_emulated = target.symbol in EMULATED
    return set(target.features) - ({name.data for name in own} if is_emulated else set[str]())


def longest(op: InstructionOp) -> int:
    """The longest that an operand's extent `?` may be."""
    pairs = zip(op.operand_memrefs, op.operand_shapes, strict=True)
    bounds = (
        bound
        for type_, shape in pairs
        for size, bound in zip(type_.get_shape(), shape, strict=True)
        if size == DYNAMIC_INDEX
    )
    return next(bounds, DYNAMIC_INDEX)


def compare(op: InstructionOp, got: np.ndarray, wanted: np.ndarray) -> None:
    """Compare results: exactly, but for horizontal sums of floats, whose order is open."""
    if wanted.dtype.kind not in "iu":
        got, wanted = got.astype(np.float64), wanted.astype(np.float64)
    statement = statement_of(op.statement)
    if wanted.dtype.kind == "f" and any(axis.reduction for axis in statement.axes):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
        return
    np.testing.assert_array_equal(got, wanted)
    zeros = wanted == 0
    np.testing.assert_array_equal(np.signbit(got[zeros]), np.signbit(wanted[zeros]))


def test_dot_products_of_bf16_take_denormals_for_zero(tmp_path: Path):
    """As the description says; other instructions keep denormals."""
    target = machine("avx512_bf16")
    compiler = shutil.which("gcc") or shutil.which("clang")
    if set(target.features) - host_features() or compiler is None:
        pytest.skip("this CPU has no such instruction, or there is no C compiler")
    op = target.instructions["dpbf16_ps"]
    bf16 = dtype_of(op.operand_memrefs[1].element_type)
    library = ctypes.CDLL(str(compile_c(target, compiler, tmp_path, "-O2")))
    small, large = np.full((16, 2), 1e-39, bf16), np.full((16, 2), 1e38, bf16)
    sums = np.zeros(16, np.float32)
    run_native(library, op, 0, [sums, small, large])
    assert (sums == 0).all()
    tiny = np.full((16, 2), 1e-20, bf16)
    run_native(library, op, 0, [sums, tiny, tiny])
    assert (sums == 0).all()


def operand(op: InstructionOp, index: int, size: int, generator: np.random.Generator) -> np.ndarray:
    """An operand of odd values, of `size` elements where the extent is open.

    Where rows may be any distance apart, it has more columns than the instruction reads.
    """
    type_ = op.operand_memrefs[index]
    shape = [size if extent == DYNAMIC_INDEX else extent for extent in type_.get_shape()]
    if is_strided(type_):
        shape[1] += 3
    return defined(op, odd_values(type_.element_type, shape, generator))


def defined(op: InstructionOp, values: np.ndarray) -> np.ndarray:
    """The values with others in the place of those for which the instruction has no result."""
    text = str(op.statement)
    if "arith.fptosi" in text:
        return (
            np.nan_to_num(values, nan=3, posinf=100, neginf=-100)
            if values.dtype.kind == "f"
            else values
        )
    if "arith.divsi" in text:
        return np.where((values == 0) | (values == -1), 7, values)
    if "kernel.contract" in text and "bf16" in text:  # denormals: see the test below
        return np.where(np.abs(values) < 1e-38, 0, values).astype(values.dtype)
    return values


def odd_values(element: Attribute, shape: list[int], generator: np.random.Generator) -> np.ndarray:
    """Random numbers of a type, and those at its limits."""
    dtype = dtype_of(element)
    if dtype.kind == "b":
        return np.asarray(generator.random(shape) < 0.5)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        usual = generator.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        extreme = generator.choice([limits.min, limits.max, 0, -1, 1], shape).astype(dtype)
        return np.where(generator.random(shape) < 0.5, usual, extreme)
    values = [v for v in ODD_VALUES if dtype.itemsize > 2 or v != 1e-40]
    return np.asarray(generator.choice(values, shape)).astype(dtype)


def parameter(kind: Attribute) -> str:
    """The value of a parameter in MLIR."""
    return str(NUMBER) if isinstance(kind, IntegerType) else f"{NUMBER}.0"


def is_strided(type_: MemRefType[Attribute]) -> bool:
    """Whether rows of an operand may be any distance apart."""
    return isinstance(type_.layout, StridedLayoutAttr) and len(type_.get_shape()) > 1


def stride_of(op: InstructionOp, size: int) -> int:
    """The distance between the rows that `operand` makes, of the operand that has such."""
    for type_ in op.operand_memrefs:
        if is_strided(type_):
            columns, *inner = type_.get_shape()[1:]
            return ((size if columns == DYNAMIC_INDEX else columns) + 3) * prod(inner)
    return 0


def simulate(name: str, op: InstructionOp, size: int, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """What the interpreter makes of the instruction's body: the arrays that it writes."""
    declared: list[str] = []
    views: list[str] = []
    arguments: list[str] = []
    shown: list[str] = []
    for operand_name, type_, array in zip(
        op.operand_names, op.operand_memrefs, arrays, strict=True
    ):
        text = str(type_).replace("?x", f"{size}x")
        whole = text
        arguments.append(f"%{operand_name}")
        if is_strided(type_):
            text = text.replace("strided<[?,", f"strided<[{prod(array.shape[1:])},")
            whole = f"memref<{'x'.join(map(str, array.shape))}x{type_.element_type}, @mem>"
            dims = ", ".join(f"d{dim}" for dim in range(array.ndim))
            view = f"{{map = affine_map<({dims}) -> ({dims})>}}"
            arguments[-1] += "_view"
            views.append(f"{arguments[-1]} = isa.view %{operand_name} {view} : {whole} -> {text}")
        declared.append(f"%{operand_name}: {whole}")
        shown.append(text)
    lines = "\n".join(views)
    given = [f"{name} = {parameter(kind)} : {kind}" for name, kind in op.parameters.items()]
    numbers = f"with {{{', '.join(given)}}}" if given else ""
    text = f"""
      isa.import @{name} from "{name}"
      func.func @f({", ".join(declared)}) {{
        {lines}
        isa.invoke @{name}::@{op.symbol}({", ".join(arguments)}) {numbers} : {", ".join(shown)}
        func.return
      }}"""
    context = Context()
    for dialect, factory in multiverse().all_dialects.items():
        context.register_dialect(dialect, factory)
    return interpret(read_module(context, text, "invoke.mlir"), None, [a.copy() for a in arrays])


def run_native(
    library: ctypes.CDLL, op: InstructionOp, size: int, arrays: list[np.ndarray]
) -> None:
    """Execute the C form on the arrays."""
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]
    sizes = ctypes.c_long(size), ctypes.c_long(stride_of(op, size))
    library[f"run_{op.symbol}"](*pointers, *sizes)


@cache
def build(name: str, compiler: str, folder: Path) -> ctypes.CDLL:
    folder.mkdir(exist_ok=True)
    return ctypes.CDLL(str(compile_c(machine(name), compiler, folder, "-O2")))


def compile_c(target: TargetOp, compiler: str, folder: Path, level: str) -> Path:
    """Compile one function per instruction into a library; any warning is an error."""
    source, library = folder / "forms.c", folder / f"{target.symbol}{level}.so"
    names = (*target.c_headers, "math.h", "stdbool.h", "stdint.h", "string.h")
    headers = [f"#include <{header}>" for header in names]
    functions = [c_function(target, op) for op, name in FIRST.items() if name == target.symbol]
    preludes = [line for memory in target.memories.values() for line in memory.c_prelude]
    source.write_text("\n".join([*headers, *preludes, *functions]))
    flags = ["-std=c11", level, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    if set(target.features) - host_features() and target.symbol in EMULATED:
        flags += ["-include", str(EMULATED[target.symbol])]
    command = [compiler, *flags, *target.c_flags, str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return library


def moves(target: TargetOp, type_: MemRefType[Attribute]) -> tuple[str, str] | None:
    """The C forms that load and store a register whose elements are not as in memory, or a numbered one."""
    found: dict[bool, str] = {}
    rows = prod(type_.get_shape()[1:])
    for op in target.instructions.values():
        if op.is_move and not op.is_guarded and type_ in op.operand_memrefs:
            output, *inputs = op.operand_memrefs
            if inputs and inputs[0].get_shape() == output.get_shape():
                form = re.sub(r"\{\w+\.stride0\}", str(rows), op.c_template or "")
                found[output == type_] = form
    return (found[True], found[False]) if len(found) == 2 else None


def c_function(target: TargetOp, op: InstructionOp) -> str:
    """A C function that loads the registers from memory, executes the form, and stores them."""
    parameters: list[str] = []
    before: list[str] = []
    after: list[str] = []
    fields: dict[str, object] = {}
    for name, memory, type_ in zip(
        op.operand_names, op.operand_memories, op.operand_memrefs, strict=True
    ):
        parameters.append(f"{C_ELEMENTS[str(type_.element_type)]} *p_{name}")
        fields[name] = f"p_{name}"
        register = target.memories[memory]
        if register.kind is MemoryKind.REGISTER:
            if register.c_numbered is not None:
                before += [] if before else [register.c_numbered]
                variable = str(len(after))
            else:
                before.append(f"{register.c_type(type_.element_type)} {name};")
                variable = name
            fields[name] = variable
            is_odd = type_.element_type == i1 or register.c_numbered is not None
            load, store = (moves(target, type_) if is_odd else None) or (
                f"memcpy(&{name}, p_{name}, {register.bytes});",
                f"memcpy(p_{name}, &{name}, {register.bytes});",
            )
            before.append(load.format(dst=variable, src=f"p_{name}"))
            after.append(store.format(dst=f"p_{name}", src=variable))
    fields |= {name: literal(NUMBER, kind) for name, kind in op.parameters.items()}
    body = op.c_template or ""
    for name in op.operand_names:
        for dim in range(2):
            body = body.replace(f"{{{name}.size{dim}}}", "size")
        body = body.replace(f"{{{name}.stride0}}", "stride")
    body = body.format(**fields)
    head = f"void run_{op.symbol}({', '.join(parameters)}, long size, long stride);"
    lines = [head[:-1] + " {", "(void)size;", "(void)stride;", *before, body, *after, "}"]
    return "\n".join([head, *lines])
