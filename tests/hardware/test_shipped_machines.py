"""Every shipped machine: its file is clean, its C compiles, its instructions do what they say."""

import ctypes
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from xdsl.context import Context
from xdsl.dialects.builtin import DYNAMIC_INDEX, Float64Type, ModuleOp

from isa_mapper.dialects.isa import InstructionOp, MemoryKind, TargetOp
from isa_mapper.dialects.machines import find_target, host_features, list_machines
from isa_mapper.dialects.source import read_module
from isa_mapper.mapping.check_target import check_target
from isa_mapper.simulator.functional import interpret
from isa_mapper.tools.universe import multiverse

MACHINES = [name for name, _ in list_machines()]
C_ELEMENTS = {"f32": "float", "f64": "double"}
ODD_VALUES = [0.0, -0.0, 1.0, -1.5, 2.25, -3.0, np.inf, -np.inf, np.nan, 0.5, 7.0, 1e-40]


def machine(name: str) -> TargetOp:
    return find_target(name, ModuleOp([]))


INSTRUCTIONS = [
    pytest.param(name, symbol, id=f"{name}-{symbol}")
    for name in MACHINES
    for symbol, op in machine(name).instructions.items()
    if op.c_template is not None
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
    if missing := set(target.features) - host_features():
        pytest.skip(f"this CPU lacks {', '.join(sorted(missing))}")
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = build(name, compiler, tmp_path_factory.getbasetemp() / f"shipped-{name}")
    op = target.instructions[symbol]
    sizes = range(op.bound + 1) if op.bound != DYNAMIC_INDEX else (0,)
    generator = np.random.default_rng(len(symbol))
    for size in sizes:
        arrays = [operand(op, index, size, generator) for index in range(len(op.operand_names))]
        expected = simulate(name, op, size, arrays)
        run_native(library, op, size, arrays)
        (wanted,), got = expected, arrays[op.output_index]
        np.testing.assert_array_equal(got, wanted)
        zeros = wanted == 0
        np.testing.assert_array_equal(np.signbit(got[zeros]), np.signbit(wanted[zeros]))


def operand(op: InstructionOp, index: int, size: int, generator: np.random.Generator) -> np.ndarray:
    """An operand of odd values, of `size` elements where the extent is open."""
    type_ = op.operand_memrefs[index]
    shape = [size if extent == DYNAMIC_INDEX else extent for extent in type_.get_shape()]
    dtype = np.float64 if isinstance(type_.element_type, Float64Type) else np.float32
    return np.asarray(generator.choice(ODD_VALUES, shape), dtype)


def simulate(name: str, op: InstructionOp, size: int, arrays: list[np.ndarray]) -> list[np.ndarray]:
    """What the interpreter makes of the instruction's body: the arrays that it writes."""
    shown = [str(type_).replace("?", str(size)) for type_ in op.operand_memrefs]
    arguments = [f"%{operand}" for operand in op.operand_names]
    declared = ", ".join(f"{a}: {t}" for a, t in zip(arguments, shown, strict=True))
    text = f"""
      isa.import @{name} from "{name}"
      func.func @f({declared}) {{
        isa.invoke @{name}::@{op.symbol}({", ".join(arguments)}) : {", ".join(shown)}
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
    library[f"run_{op.symbol}"](*pointers, ctypes.c_long(size))


@cache
def build(name: str, compiler: str, folder: Path) -> ctypes.CDLL:
    folder.mkdir(exist_ok=True)
    return ctypes.CDLL(str(compile_c(machine(name), compiler, folder, "-O2")))


def compile_c(target: TargetOp, compiler: str, folder: Path, level: str) -> Path:
    """Compile one function per instruction into a library; any warning is an error."""
    source, library = folder / "forms.c", folder / f"{target.symbol}{level}.so"
    headers = [f"#include <{header}>" for header in (*target.c_headers, "string.h")]
    functions = [
        c_function(target, op) for op in target.instructions.values() if op.c_template is not None
    ]
    source.write_text("\n".join([*headers, *functions]))
    flags = ["-std=c11", level, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    command = [compiler, *flags, *target.c_flags, str(source), "-o", str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return library


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
            fields[name] = name
            before.append(f"{register.c_type(type_.element_type)} {name};")
            before.append(f"memcpy(&{name}, p_{name}, sizeof {name});")
            after.append(f"memcpy(p_{name}, &{name}, sizeof {name});")
    body = op.c_template or ""
    for name in op.operand_names:
        body = body.replace(f"{{{name}.size0}}", "size")
    body = body.format(**fields)
    head = f"void run_{op.symbol}({', '.join(parameters)}, long size);"
    lines = [head[:-1] + " {", "(void)size;", *before, body, *after, "}"]
    return "\n".join([head, *lines])
