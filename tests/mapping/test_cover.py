"""Covers: random bodies on several instructions, executed and compared with NumPy to the bit."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from xdsl.dialects.builtin import ArrayAttr, ModuleOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.machines import find_target, host_features
from isa_mapper.dialects.plan import MAPPINGS, SCHEDULE, MappingAttr, ScheduleAttr
from isa_mapper.passes.compile import CompilePass
from isa_mapper.passes.plan_schedule import print_plan
from isa_mapper.runtime import pipeline
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.module import compile_native

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

M, N = 3, 21

# Four lanes; products only together with sums, so that a product starts from -0 and a sum
# multiplies by 1.
QUAD = """#id = affine_map<(i) -> (i)>
isa.target @quad {
  isa.memory @mem cached
  isa.memory @v register {count = 16 : i64, bytes = BYTES : i64}
  isa.unit @alu {count = 1 : i64}
  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>
  isa.instruction @load(%to: memref<4xT, @v>, %from: memref<4xT, @mem>) on @alu COST {
    linalg.copy ins(%from : memref<4xT, @mem>) outs(%to : memref<4xT, @v>)
  }
  isa.instruction @store(%to: memref<4xT, @mem>, %from: memref<4xT, @v>) on @alu COST {
    linalg.copy ins(%from : memref<4xT, @v>) outs(%to : memref<4xT, @mem>)
  }
  isa.instruction @repeat(%to: memref<4xT, @v>, %from: memref<T, @mem>) on @alu COST {
    kernel.contract "->i"(%from) into %to : (memref<T, @mem>, memref<4xT, @v>)
  }
  isa.instruction @fma(%d: memref<4xT, @v>, %a: memref<4xT, @v>, %b: memref<4xT, @v>) on @alu COST {
    kernel.contract "i,i->i"(%a, %b) add %d : (memref<4xT, @v>, memref<4xT, @v>, memref<4xT, @v>)
  }
  OTHERS
}
"""
BINARY = """isa.instruction @NAME(
      %d: memref<4xT, @v>, %a: memref<4xT, @v>, %b: memref<4xT, @v>) on @alu COST {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xT, @v>, memref<4xT, @v>) outs(%d : memref<4xT, @v>) {
    ^bb0(%x: T, %y: T, %old: T):
      %r = arith.NAME %x, %y : T
      linalg.yield %r : T
    }
  }"""


def quad(element: str) -> str:
    others = "\n  ".join(BINARY.replace("NAME", n) for n in ("subf", "maximumf", "minimumf"))
    size = {"f32": "16", "f64": "32"}[element]
    return (
        QUAD.replace("OTHERS", others)
        .replace("xT", "x" + element)
        .replace("<T,", f"<{element},")
        .replace(" T", " " + element)
        .replace("BYTES", size)
        .replace("COST", "cost<latency = 4, interval = 1>")
    )


OPERANDS = {"full": "(m, n)", "row": "(n)", "column": "(m)", "turned": "(n, m)", "one": "()"}
SHAPES = {"full": (M, N), "row": (N,), "column": (M,), "turned": (N, M), "one": ()}


@dataclass(frozen=True)
class Body:
    """A random body on random operands; `old` says that it starts from the output."""

    text: str
    operands: tuple[str, ...]
    evaluate: Callable[..., Array]


def _maximum(a: Array, b: Array) -> Array:
    equal = np.where(np.signbit(a), b, a)
    return np.where(
        np.isnan(a) | np.isnan(b), np.nan, np.where(a == b, equal, np.where(a > b, a, b))
    )


def _minimum(a: Array, b: Array) -> Array:
    return -_maximum(-a, -b)


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "addf": lambda a, b: a + b,
    "subf": lambda a, b: a - b,
    "mulf": lambda a, b: a * b,
    "maximumf": _maximum,
    "minimumf": _minimum,
    "negf": lambda a: -a,
    "fma": lambda a, b, c: a * b + c,
}


def random_body(seed: int, element: str) -> Body:
    """A body of two to five operators on up to three operands and a constant."""
    choose = random.Random(seed)
    operands = tuple(choose.choice(list(OPERANDS)) for _ in range(choose.randint(1, 3)))
    lines = [f"%c = arith.constant {choose.choice(['0.0', '2.0', '-1.0', '0.5'])} : {element}"]
    constant = np.array(float(lines[0].split()[3]))
    values = [f"%x{i}" for i in range(len(operands))] + ["%c"]
    steps: list[tuple[str, list[int]]] = []
    for step in range(choose.randint(2, 5)):
        name = choose.choice(list(FUNCTIONS))
        count = {"negf": 1, "fma": 3}.get(name, 2)
        args = [choose.randrange(len(values)) for _ in range(count)]
        if step:
            args[choose.randrange(count)] = len(values) - 1
        dialect = "math" if name == "fma" else "arith"
        names = ", ".join(values[arg] for arg in args)
        lines.append(f"%t{step} = {dialect}.{name} {names} : {element}")
        values.append(f"%t{step}")
        steps.append((name, args))

    def evaluate(*arrays: Array) -> Array:
        found = [*arrays, constant.astype(arrays[0].dtype)]
        for name, args in steps:
            found.append(FUNCTIONS[name](*(found[arg] for arg in args)))
        return np.broadcast_to(found[-1], (M, N))

    return Body("\n".join([*lines, f"linalg.yield {values[-1]} : {element}"]), operands, evaluate)


def module_text(bodies: list[Body], element: str, machine: str = "") -> str:
    """A function with one statement and one result per body; every body has its own operands."""
    arguments, statements, results = list[str](), list[str](), list[str]()
    for number, body in enumerate(bodies):
        kinds: list[str] = []
        for place, operand in enumerate(body.operands):
            shape = "x".join([*map(str, SHAPES[operand]), element])
            kinds.append(f"tensor<{shape}>")
            arguments.append(f"%a{number}_{place}: tensor<{shape}>")
        names = ", ".join(f"%a{number}_{place}" for place in range(len(kinds)))
        maps = [f"affine_map<(m, n) -> {OPERANDS[o]}>" for o in (*body.operands, "full")]
        args = ", ".join(f"%x{i}: {element}" for i in range(len(kinds)))
        result = f"tensor<{M}x{N}x{element}>"
        statements.append(f"""%e{number} = tensor.empty() : {result}
  %r{number} = linalg.generic {{indexing_maps = [{", ".join(maps)}],
      iterator_types = ["parallel", "parallel"]}}
      ins({names} : {", ".join(kinds)}) outs(%e{number} : {result})
      attrs = {{kernel.axes = ["m", "n"]}} {{
  ^bb0({args}, %old: {element}):
    {body.text}
  }} -> {result}""")
        results.append(result)
    returned = ", ".join(f"%r{number}" for number in range(len(bodies)))
    types = ", ".join(results)
    return f"""{machine}
func.func @f({", ".join(arguments)}) -> ({types}) {{
  {chr(10).join(statements)}
  func.return {returned} : {types}
}}"""


def random_data(bodies: list[Body], element: str, seed: int) -> list[Array]:
    """Small whole numbers, on which all arithmetic is exact, and everything special."""
    generator = np.random.default_rng(seed)
    dtype = {"f32": np.float32, "f64": np.float64}[element]
    special = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0])
    arrays: list[Array] = []
    for body in bodies:
        for operand in body.operands:
            array = generator.integers(-4, 5, SHAPES[operand]).astype(dtype)
            odd = generator.random(SHAPES[operand]) < 0.2
            arrays.append(
                np.where(odd, generator.choice(special, SHAPES[operand]), array).astype(dtype)
            )
    return arrays


def same(got: Array, expected: Array) -> None:
    np.testing.assert_array_equal(got, expected)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[known]), np.signbit(expected[known]))


@pytest.mark.parametrize("element", ["f32", "f64"])
@pytest.mark.parametrize("target", ["avx512", "avx2", "quad"])
def test_random_bodies(target: str, element: str, tmp_path: Path):
    first = 100 * ["avx512", "avx2", "quad"].index(target) + 10 * (element == "f64")
    bodies = [random_body(first + seed, element) for seed in range(6)]
    machine = quad(element) if target == "quad" else ""
    text = module_text(bodies, element, machine)
    arrays = random_data(bodies, element, 7)
    expected: list[Array] = []
    rest = iter(arrays)
    with np.errstate(all="ignore"):
        for body in bodies:
            shaped = [_shaped(next(rest), operand) for operand in body.operands]
            expected.append(body.evaluate(*shaped))
    module = pipeline.parse(text)
    plan = tmp_path / "plan.txt"
    plan.write_text(vector_plan(module, target))
    lowered = pipeline.lower(module, target, plan=str(plan))
    for got, wanted in zip(interpret(lowered.module, None, arrays), expected, strict=True):
        same(got, wanted)
    if shutil.which("cc") is None:
        return
    features = host_features()
    native = target != "quad" and features.issuperset(find_target(target, module).features)
    for portable in (True, False) if native else (True,):
        kernel = compile_native(text, target, plan=str(plan), portable=portable)
        for got, wanted in zip(kernel(*arrays), expected, strict=True):
            same(got, wanted)


RELU = """func.func @relu(%a: memref<40xf32>, %y: memref<40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a : memref<40xf32>) outs(%y : memref<40xf32>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%x: f32, %old: f32):
    %c = arith.constant 0.0 : f32
    %r = arith.maximumf %x, %c : f32
    linalg.yield %r : f32
  }
  func.return
}"""


def test_a_cover_by_hand_is_checked(tmp_path: Path):
    module = pipeline.parse(RELU)
    (schedule,) = pipeline.lower(module, "avx512").schedules
    assert "cover = [@maximum_ps(in0, 0.000000e+00 : f32)]" in str(schedule)
    plan = tmp_path / "plan.txt"
    for wrong, message in (
        (("@maximum_ps(in0, 0.0", "@maximum_ps(in0, 1.0"), "finds no cover"),
        (("@maximum_ps(in0", "@minimum_ps(in0"), "finds no cover"),
        (("@maximum_ps(in0", "@maximum_ps(in1"), "no value 'in1'"),
        (("@maximum_ps(in0, ", "@maximum_ps(in0, in0, "), "finds no cover"),
        (("cover = [@maximum_ps", "cover = [@maximum"), "finds no cover"),
    ):
        text = print_plan([schedule]).replace("0.000000e+00", "0.0")
        plan.write_text(text.replace(*wrong))
        with pytest.raises(UserError, match=message):
            pipeline.lower(module, "avx512", plan=str(plan))


def _shaped(array: Array, operand: str) -> Array:
    """An operand as NumPy broadcasts it to the result."""
    if operand == "turned":
        return array.T
    return array[:, np.newaxis] if operand == "column" else array


def vector_plan(module: ModuleOp, target: str) -> str:
    """The plan in which no statement is left to the C compiler, even where that would be better."""
    copy = module.clone()
    for stage in CompilePass(target=target).stages():
        pipeline.run(copy, [stage])
        for op in copy.walk() if stage.name == "map-instructions" else ():
            if MAPPINGS in op.attributes:
                found = op.attributes[MAPPINGS]
                assert isinstance(found, ArrayAttr)
                vectors = [one for one in found if isinstance(one, MappingAttr) and one.groups]
                assert vectors, f"no cover of {op}"
                op.attributes[MAPPINGS] = ArrayAttr(vectors)
        if stage.name == "plan-schedule":
            break
    found = [op.attributes[SCHEDULE] for op in copy.walk() if SCHEDULE in op.attributes]
    return print_plan([schedule for schedule in found if isinstance(schedule, ScheduleAttr)])
