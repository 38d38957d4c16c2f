"""`map-instructions`: its text can be read back, and every candidate computes the statement."""

from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from xdsl.context import Context
from xdsl.dialects import linalg
from xdsl.dialects.builtin import ArrayAttr, ModuleOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import InstructionOp
from isa_mapper.dialects.machines import list_machines, load_machine, resolve, target_of
from isa_mapper.dialects.plan import MappingAttr
from isa_mapper.dialects.source import read_module, verify_module
from isa_mapper.mapping.computation import computation_of
from isa_mapper.mapping.execute import execute
from isa_mapper.mapping.match import Mapping
from isa_mapper.mapping.statement import statement_of
from isa_mapper.passes.map_instructions import MapInstructionsPass
from isa_mapper.tools.universe import multiverse

MATMUL = """
linalg.generic {{indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
    affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}}
    ins(%0, %1 : memref<3x5x{0}>, memref<5x18x{0}>) outs(%2 : memref<3x18x{0}>)
    attrs = {{kernel.axes = ["m", "n", "k"]}} {{
^bb0(%a: {0}, %b: {0}, %c: {0}):
  %p = arith.mulf %a, %b : {0}
  %s = arith.addf %p, %c : {0}
  linalg.yield %s : {0}
}}"""
SHAPES = "memref<3x5x{0}>, memref<5x18x{0}>, memref<3x18x{0}>"


def context() -> Context:
    made = Context()
    for name, factory in multiverse().all_dialects.items():
        made.register_dialect(name, factory)
    return made


def mapped(text: str, **options: Any) -> tuple[ModuleOp, list[MappingAttr]]:
    """The module after the pass, and the mappings of its first statement."""
    module = read_module(context(), text, "test.mlir")
    MapInstructionsPass(**options).apply(context(), module)
    verify_module(module)
    read_module(context(), str(module), "printed.mlir")
    for op in module.walk():
        if isinstance(op, linalg.ops.GenericOp) and "plan.mappings" in op.attributes:
            return module, list(cast(ArrayAttr[MappingAttr], op.attributes["plan.mappings"]))
    return module, []


def matmul(element: str) -> str:
    types = SHAPES.format(element)
    return f'%0, %1, %2 = "test.op"() : () -> ({types})' + MATMUL.format(element)


MACHINES = [name for name, _ in list_machines() if load_machine(name).scalar is not None]
"""The machines that compute anything, one way or another."""


@pytest.mark.parametrize("element", ["f32", "f64"])
@pytest.mark.parametrize("target", MACHINES)
def test_every_candidate_computes_the_statement(target: str, element: str) -> None:
    module, mappings = mapped(matmul(element), target=target)
    op = next(op for op in module.walk() if isinstance(op, linalg.ops.GenericOp))
    kernel = statement_of(op)
    random = np.random.default_rng(0)
    dtype = np.dtype({"f32": np.float32, "f64": np.float64}[element])
    arrays: list[NDArray[Any]] = [
        random.integers(-4, 5, access.shape).astype(dtype) for access in kernel.operands()
    ]
    expected = arrays[2] + arrays[0] @ arrays[1]
    assert mappings
    assert any(m.instruction.string_value().endswith(".expression") for m in mappings)
    for mapping in mappings:
        instruction = resolve(op, mapping.instruction)
        if isinstance(instruction, InstructionOp):
            found = computation_of(target_of(op, mapping.instruction), mapping, kernel)
            assert found is not None
            needle = found.statement
            plain = Mapping(instruction.symbol, mapping.input_indices, mapping.groups)
            assert len(mapping.delivery) == len(needle.operands())
            got = execute(kernel, needle, plain, arrays[:2], arrays[2])
            assert np.array_equal(got, expected)


def test_the_best_candidate_broadcasts_the_operand_that_the_lanes_share() -> None:
    _, mappings = mapped(matmul("f32"), target="avx512")
    assert mappings[0].instruction.string_value() == "avx512.fmadd_ps"
    assert (mappings[0].input_indices, mappings[0].groups) == ((0, 1), (("n",),))
    assert [word.data for word in mappings[0].delivery] == ["broadcast", "direct+pad", "direct+pad"]


@pytest.mark.parametrize("limit", [1, 2, 3, 64])
def test_the_limit_keeps_the_scalar_expression(limit: int) -> None:
    _, mappings = mapped(matmul("f32"), target="avx512", limit=limit)
    assert len(mappings) == min(limit + 1, 7)
    assert mappings[-1].instruction.string_value() == "avx512.expression"


def test_results_are_the_same_every_time() -> None:
    assert str(mapped(matmul("f32"), target="avx2")[0]) == str(
        mapped(matmul("f32"), target="avx2")[0]
    )


def test_machines_and_planned_statements_are_left_alone() -> None:
    planned = matmul("f32").replace(
        "attrs = {",
        "attrs = {plan.schedule = #plan.schedule<#plan.mapping<@scalar::@expression, "
        "inputs = [0, 1], axes = []>, [for m by 1]>, ",
    )
    module, mappings = mapped(planned, target="scalar")
    assert not mappings
    assert "plan.mappings" not in str(module)


def test_tensors_are_mapped_too() -> None:
    text = matmul("f32").replace("memref", "tensor") + " -> tensor<3x18xf32>"
    assert len(mapped(text, target="avx512")[1]) == 7


def test_what_is_no_statement_is_the_users_error() -> None:
    text = matmul("f32").replace("(m, n, k) -> (m, k)", "(m, n, k) -> (m, k mod 2)")
    with pytest.raises(UserError, match="not affine"):
        mapped(text, target="avx512")
