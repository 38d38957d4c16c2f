"""Machines unlike the shipped ones, each described in the module: every kernel that they can do.

Portable C, made from the instructions' own bodies, is compared with the reference.
"""

import shutil

import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.arguments import random_arrays
from isa_mapper.runtime.check import compare
from isa_mapper.runtime.module import compile_native
from isa_mapper.runtime.reference import reference
from isa_mapper.simulator.signature import entry_function, signature_of

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="needs a C compiler"
)


def instruction(name: str, operands: str, body: str) -> str:
    """An instruction; `operands` are `name type` pairs, as `d 8:v`, `s ?:mem` or `t 4x4+:mem`."""
    typed = dict(part.split(" ") for part in operands.split(", "))
    types = {operand: memref(shape) for operand, shape in typed.items()}
    arguments = ", ".join(f"%{operand}: {type_}" for operand, type_ in types.items())
    used = [part.strip("%(),") for part in body.split() if part.startswith(("(%", "%"))]
    listed = ", ".join(types[operand] for operand in used)
    return f"""
  isa.instruction @{name}({arguments}) on @unit cost<latency = 4, interval = 1> {{
    kernel.contract {body} : ({listed})
  }}"""


def memref(text: str) -> str:
    """The type that `4x4+:mem` is short for: f32 in `@mem`, whose rows may be apart (`+`)."""
    shape, memory = text.split(":")
    layout = ", strided<[?, 1]>" if shape.endswith("+") else ""
    shape = shape.rstrip("+")
    return f"memref<{f'{shape}x' if shape else ''}f32{layout}, @{memory}>"


def register(name: str, lanes: int, count: int) -> str:
    """A register file."""
    return f"""
  isa.memory @{name} register {{
    count = {count} : i64, bytes = {4 * lanes} : i64, c.types = {{f32 = "float"}}}}"""


def vector(lanes: int, count: int, *, masked: bool = True, broadcast: bool = True) -> str:
    """A register file of vectors and its moves."""
    v, m = f"{lanes}:v", f"{lanes}:mem"
    parts = [register("v", lanes, count)]
    parts.append(instruction("load", f"d {v}, s {m}", '"i->i" (%s) into %d'))
    parts.append(instruction("store", f"d {m}, s {v}", '"i->i" (%s) into %d'))
    if broadcast:
        parts.append(instruction("repeat", f"d {v}, s :mem", '"->i" (%s) into %d'))
    if masked:
        parts.append(instruction("load_some", f"d {v}, s ?:mem", '"i->i" (%s) into %d {guarded}'))
        parts.append(instruction("store_some", f"d ?:mem, s {v}", '"i->i" (%s) into %d {guarded}'))
    return "".join(parts)


def multiply_add(lanes: int) -> str:
    """A vector multiply-add between registers."""
    operands = f"c {lanes}:v, a {lanes}:v, b {lanes}:v"
    return instruction("fma", operands, '"i,i->i" (%a, %b) add %c')


def matrix(place: str) -> str:
    """A multiply-add of 4x4 matrices in one memory."""
    operands = ", ".join(f"{name} 4x4{place}" for name in "cab")
    return instruction("mma", operands, '"ik,kj->ij" (%a, %b) add %c')


def tiles(memory: str) -> str:
    """Moves of 4x4 tiles between host memory and another."""
    into = instruction("load", f"d 4x4:{memory}, s 4x4+:mem", '"ij->ij" (%s) into %d')
    return into + instruction("store", f"d 4x4+:mem, s 4x4:{memory}", '"ij->ij" (%s) into %d')


DOT = '"k,k->" (%a, %b) add %c'
DOT4 = instruction("dot4", "c 4:v, a 4x4:w, b 4x4:w", '"ik,ik->i" (%a, %b) add %c')
ROWS = instruction("load_rows", "d 4x4:w, s 4x4:mem", '"ij->ij" (%s) into %d')
HOST = "c 8:mem, a 8:mem, b :mem"
SOME = "c ?:mem, a 8:mem, b :mem"
MACHINES = {
    "no masks": vector(8, 16, masked=False) + multiply_add(8),
    "no broadcast": vector(8, 16, masked=False, broadcast=False) + multiply_add(8),
    "six registers": vector(4, 6) + multiply_add(4),
    "three registers": vector(4, 3) + multiply_add(4),
    "operands in memory": instruction("axpy", HOST, '"i,->i" (%a, %b) add %c'),
    "fewer in memory": instruction("axpy", SOME, '"i,->i" (%a, %b) add %c {guarded}'),
    "matrices in memory": matrix(":mem"),
    "spread matrices in memory": matrix("+:mem"),
    "matrix registers": register("v", 16, 8) + tiles("v") + matrix(":v"),
    "scratchpad": "\n  isa.memory @pad scratchpad {bytes = 4096 : i64}"
    + tiles("pad")
    + matrix(":pad"),
    "dot product": vector(8, 8) + instruction("dot", "c :mem, a 8:v, b 8:v", DOT),
    "dot product without masks": vector(8, 8, masked=False)
    + instruction("dot", "c :mem, a 8:v, b 8:v", DOT),
    "dot product in memory": instruction("dot", "c :mem, a 8:mem, b 8:mem", DOT),
    "four dot products": vector(4, 8) + register("w", 16, 8) + ROWS + DOT4,
}
KERNELS = {
    "mk,kn->mn": (5, 9, 17),
    "km,kn->mn": (4, 7, 8),
    "mk,nk->mn": (3, 8, 5),
    "mk,kn->nm": (5, 4, 6),
    "mk,k->m": (9, 3, 0),
    "k,kn->n": (0, 10, 9),
    "k,k->": (0, 21, 0),
    "m,n->mn": (5, 0, 12),
    "n,n->n": (0, 0, 13),
}


def machine(parts: str) -> str:
    """A machine of these parts."""
    return f"""isa.target @toy {{
  isa.memory @mem cached
  isa.unit @unit {{count = 1 : i64}}{parts}
}}
"""


def kernel(spec: str, m: int, k: int, n: int) -> str:
    """A contraction of f32 that adds to its last argument."""
    inputs, output = spec.split("->")
    sizes = {"m": m, "k": k, "n": n}
    types = [
        f"memref<{''.join(f'{sizes[letter]}x' for letter in letters)}f32>"
        for letters in (*inputs.split(","), output)
    ]
    arguments = ", ".join(f"%{name}: {t}" for name, t in zip("abc", types, strict=True))
    return f"""func.func @f({arguments}) {{
  kernel.contract "{spec}"(%a, %b) add %c : ({", ".join(types)})
  func.return
}}
"""


def check(text: str, target: str = "toy") -> None:
    """Compile a module to portable C, run it and compare."""
    module = pipeline.parse(text)
    arrays = random_arrays(signature_of(entry_function(module)), 1)
    result = compile_native(text, target, portable=True)(*arrays)
    results = result if isinstance(result, tuple) else (result,)
    for actual, (expected, bound) in zip(results, reference(module, None, arrays), strict=True):
        comparison = compare("result", actual, expected, bound)
        assert comparison.passed, str(comparison)


@pytest.mark.parametrize("name", MACHINES)
def test_every_kernel(name: str):
    for spec, sizes in KERNELS.items():
        check(machine(MACHINES[name]) + kernel(spec, *sizes))


def test_only_overwriting():
    fresh = instruction("dot", "c :mem, a 8:mem, b 8:mem", '"k,k->" (%a, %b) into %c')
    with pytest.raises(UserError, match="no instruction of @toy computes"):
        check(machine(fresh) + kernel("mk,kn->mn", 2, 3, 4))


def test_too_few_registers():
    with pytest.raises(UserError, match="can be carried out on @toy"):
        check(machine(vector(4, 2) + multiply_add(4)) + kernel("mk,kn->mn", 4, 4, 4))


def test_no_way_into_the_registers():
    parts = register("v", 4, 8) + multiply_add(4)
    with pytest.raises(UserError, match=r"@mem to @v|carried out"):
        check(machine(parts) + kernel("mk,kn->mn", 4, 4, 4))
