"""Reading operations as statements: accesses, accumulation, names, and what is refused."""

from collections.abc import Callable

import pytest
from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.dialects.builtin import f32, i8, i32
from xdsl.ir import Operation

from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.kernel import Kernel
from isa_mapper.dialects.source import read_module
from isa_mapper.mapping.statement import (
    Apply,
    Constant,
    Coordinate,
    Operand,
    Statement,
    statement_of,
)

Read = Callable[[str], Statement]


@pytest.fixture(scope="module")
def read() -> Read:
    """The statement of the last operation of a text that may use some operands."""
    context = Context(allow_unregistered=True)
    for name in ("builtin", "arith", "math", "linalg", "memref", "func", "tensor", "test"):
        context.register_dialect(name, get_all_dialects()[name])
    context.register_dialect("kernel", lambda: Kernel)
    operands = """
      %a, %b, %c = "test.op"() : () -> (memref<4x8xf32>, memref<8x5xf32>, memref<4x5xf32>)
      %x, %y = "test.op"() : () -> (memref<4xf32>, memref<4xf32>)
      %s, %n = "test.op"() : () -> (memref<f32>, memref<4xi8>)
    """

    def parse(text: str) -> Statement:
        module = read_module(context, operands + text, "test.mlir", verify=False)
        last: Operation | None = module.body.block.last_op
        assert last is not None
        return statement_of(last)

    return parse


def generic(body: str, maps: str = "(i) -> (i)|(i) -> (i)", kinds: str = "parallel") -> str:
    """A `linalg.generic` from %x to %y with a body over its arguments %p and %q."""
    written = ", ".join(f"affine_map<{map}>" for map in maps.split("|"))
    iterators = ", ".join(f'"{kind}"' for kind in kinds.split())
    return f"""
      linalg.generic {{indexing_maps = [{written}], iterator_types = [{iterators}]}}
          ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {{
      ^bb0(%p: f32, %q: f32):
        {body}
        linalg.yield %r : f32
      }}"""


def test_a_contraction_starts_a_fresh_sum_or_accumulates(read: Read) -> None:
    types = "(memref<4x8xf32>, memref<8x5xf32>, memref<4x5xf32>)"
    fresh = read(f'kernel.contract "mk,kn->mn"(%a, %b) into %c : {types}')
    sums = read(f'kernel.contract "mk,kn->mn"(%a, %b) add %c : {types}')
    assert [axis.name for axis in sums.axes] == ["m", "n", "k"]
    assert [axis.extent for axis in sums.axes] == [4, 5, 8]
    assert [axis.reduction for axis in sums.axes] == [False, False, True]
    assert [access.name for access in sums.operands()] == ["a", "b", "c"]
    assert sums.inputs[0].matrix == ((1, 0, 0), (0, 0, 1))
    assert sums.body == Apply("arith.mulf", (Operand(0), Operand(1)), f32)
    assert (sums.combine, sums.overwrites, sums.accumulates) == ("arith.addf", False, True)
    assert (fresh.combine, fresh.overwrites, fresh.accumulates) == ("arith.addf", True, False)


def test_a_contraction_widens_by_sign_or_by_zeros(read: Read) -> None:
    found = read("""
      %m, %t = "test.op"() : () -> (memref<4xi8>, memref<i32>)
      kernel.contract "i,i->"(%n, %m) add %t {unsigned = array<i64: 0>}
        : (memref<4xi8>, memref<4xi8>, memref<i32>)""")
    left = Apply("arith.extui", (Operand(0),), i32)
    right = Apply("arith.extsi", (Operand(1),), i32)
    assert found.body == Apply("arith.muli", (left, right), i32)
    assert found.inputs[0].element == i8


def test_a_bounded_operand_takes_the_extent_of_the_statement(read: Read) -> None:
    found = read("""
      %src, %dst = "test.op"() : () -> (memref<?xf32, @mem>, memref<16xf32, @zmm>)
      kernel.contract "i->i"(%src) into %dst {guarded}
        : (memref<?xf32, @mem>, memref<16xf32, @zmm>)""")
    assert found.guarded
    assert found.is_copy
    assert found.inputs[0].shape == (16,)
    assert found.inputs[0].bounded == (0,)
    assert (found.inputs[0].memory, found.output.memory) == ("mem", "zmm")


def test_copies_and_fills(read: Read) -> None:
    copy = read("linalg.copy ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)")
    assert copy.is_copy
    assert copy.body == Operand(0)
    fill = read("""
      %zero = arith.constant 0.0 : f32
      linalg.fill ins(%zero : f32) outs(%y : memref<4xf32>)""")
    assert fill.is_copy
    assert (fill.inputs, fill.body) == ((), Constant(0.0, f32))
    value = read("""
      %v = "test.op"() : () -> f32
      linalg.fill ins(%v : f32) outs(%y : memref<4xf32>)""")
    assert value.inputs[0].matrix == ()
    assert value.body == Operand(0)


def test_layouts_give_strides(read: Read) -> None:
    found = read("""
      %u, %v = "test.op"() : () -> (memref<4xf32, strided<[?]>>, memref<2x4xf32, strided<[9, 1]>>)
      linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
          iterator_types = ["parallel", "parallel"]}
          ins(%u : memref<4xf32, strided<[?]>>) outs(%v : memref<2x4xf32, strided<[9, 1]>>)
          attrs = {kernel.axes = ["rows", "columns"]} {
      ^bb0(%p: f32, %q: f32):
        linalg.yield %p : f32
      }""")
    assert found.inputs[0].storage_strides() == (None,)
    assert found.output.storage_strides() == (9, 1)
    assert found.axis_index("columns") == 1


@pytest.mark.parametrize(
    ("body", "combine"),
    [
        ("%r = arith.addf %q, %p : f32", "arith.addf"),
        ("%r = arith.addf %p, %q : f32", "arith.addf"),
        ("%r = math.fma %p, %p, %q : f32", "arith.addf"),
        ("%r = arith.subf %q, %p : f32", "arith.addf"),
        ("%t = arith.addf %q, %p : f32\n%r = arith.addf %t, %p : f32", "arith.addf"),
        ("%r = arith.maximumf %p, %q : f32", "arith.maximumf"),
        ("%r = arith.mulf %p, %p : f32", "assign"),
    ],
)
def test_accumulations_are_recognised(read: Read, body: str, combine: str) -> None:
    found = read(generic(body))
    assert found.combine == combine
    assert len(found.inputs) == 1


def test_an_old_value_that_is_not_accumulated_is_an_input(read: Read) -> None:
    found = read(generic("%t = arith.mulf %q, %q : f32\n%r = arith.addf %p, %t : f32"))
    assert found.combine == "assign"
    assert found.inputs[1] == found.output


def test_coordinates_and_comparisons(read: Read) -> None:
    found = read(
        generic("""%i = linalg.index 0 : index
        %j = arith.index_cast %i : index to i32
        %f = arith.sitofp %j : i32 to f32
        %o = arith.cmpf olt, %p, %f : f32
        %r = arith.select %o, %p, %f : f32""")
    )
    assert isinstance(found.body, Apply)
    condition = found.body.args[0]
    assert isinstance(condition, Apply)
    assert condition.op == "arith.cmpf olt"
    assert "Coordinate(axis=0)" in repr(found.body)
    assert Coordinate(0) != Coordinate(1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (generic("%r = arith.negf %p : f32", "(i) -> (i mod 2)|(i) -> (i)"), "not affine"),
        (generic("%r = arith.negf %p : f32", "(i) -> (i floordiv 2)|(i) -> (i)"), "not affine"),
        (generic("%r = arith.negf %p : f32", "(i) -> (i + 1)|(i) -> (i)"), "1 to 4 are accessed"),
        (
            generic("%r = arith.negf %p : f32", "(i) -> (i)|(i) -> (0)", "reduction"),
            "does not index y",
        ),
        (generic('%r = "test.op"() : () -> f32'), "cannot stand in the body"),
        (
            generic("%r = arith.negf %p : f32", "(i, j) -> (i)|(i, j) -> (i)", "parallel parallel"),
            "extent of axis 'd1'",
        ),
        ('"test.op"() : () -> ()', "not a statement"),
        (
            "linalg.copy ins(%x : memref<4xf32>) outs(%n : memref<4xi8>)",
            "converts",
        ),
    ],
)
def test_what_is_no_statement_says_why(read: Read, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(text)
