"""Places of operations, dominance, and the errors that name them."""

import pytest
from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.dialects.builtin import UNKNOWN_LOC, FileLineColLoc
from xdsl.ir import Operation
from xdsl.utils.exceptions import ParseError

from isa_mapper.dialects.errors import UserError, did_you_mean, location_of
from isa_mapper.dialects.source import decode_text, read_module


@pytest.fixture
def context() -> Context:
    context = Context(allow_unregistered=True)
    for name, dialect in get_all_dialects().items():
        context.register_dialect(name, dialect)
    return context


def place(op: Operation) -> tuple[int, int]:
    location = location_of(op)
    assert location is not None
    return location.line.data, location.column.data


def test_places(context: Context):
    text = (
        'builtin.module {\n\n  "t.a"() ({\n    "t.b"() : () -> ()\n  }) : () -> ()\n'
        ' "t.c"() : () -> ()}'
    )
    module = read_module(context, text, "x.mlir", line_offset=10)
    assert [place(op) for op in module.walk()] == [(11, 1), (13, 3), (14, 5), (16, 2)]
    assert isinstance(module.location, FileLineColLoc)
    assert module.location.filename.data == "x.mlir"


def test_a_new_operation_is_where_its_parent_is(context: Context):
    module = read_module(context, "builtin.module {\n}", "x.mlir")
    inner = read_module(context, '"t.a"() : () -> ()', "y.mlir").body.block.first_op
    assert inner is not None
    inner.detach()
    inner.location = UNKNOWN_LOC
    assert location_of(inner) is None
    module.body.block.add_op(inner)
    assert place(inner) == (1, 1)


def test_an_attribute_that_does_not_verify_has_a_place(context: Context):
    text = '\n%a = "test.op"() : () -> f16\n%b = arith.addi %a, %a : f16'
    with pytest.raises(ParseError) as caught:
        read_module(context, text, "x.mlir", line_offset=5)
    assert caught.value.span.get_location().line == 8


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"t.a"(%v) : (i32) -> ()\n%v = "t.b"() : () -> i32', 1),
        ('func.func @f() {\n  %v = "t.b"(%v) : (i32) -> i32\n  func.return\n}', 2),
        (
            "func.func @f() {\n  cf.br ^b\n^a:\n  %v = arith.constant 1 : i32\n  cf.br ^b\n^b:\n"
            '  "t.a"(%v) : (i32) -> ()\n  func.return\n}',
            7,
        ),
        (
            "func.func @f(%p: i1) {\n  cf.cond_br %p, ^a, ^b\n^a:\n"
            "  %v = arith.constant 1 : i32\n  cf.br ^b\n^b:\n"
            '  "t.a"(%v) : (i32) -> ()\n  cf.br ^a\n}',
            7,
        ),
    ],
)
def test_use_before_definition(text: str, line: int, context: Context):
    with pytest.raises(UserError, match="does not dominate") as caught:
        read_module(context, text, "x.mlir")
    assert caught.value.location is not None
    assert caught.value.location.line.data == line


@pytest.mark.parametrize(
    "text",
    [
        'func.func @f(%a: i32) {\n  scf.execute_region {\n    "t.a"(%a) : (i32) -> ()\n'
        "    scf.yield\n  }\n  func.return\n}",
        # a loop: the header dominates the body
        "func.func @f(%p: i1) {\n  cf.br ^h\n^h:\n  %v = arith.constant 1 : i32\n"
        '  cf.cond_br %p, ^b, ^e\n^b:\n  "t.a"(%v) : (i32) -> ()\n  cf.br ^h\n^e:\n'
        '  "t.a"(%v) : (i32) -> ()\n  func.return\n}',
        # nothing reaches ^d, so that it may use anything
        'func.func @f() {\n  func.return\n^d:\n  "t.a"(%v) : (i32) -> ()\n'
        "  %v = arith.constant 1 : i32\n  cf.br ^d\n}",
        # the region of an unregistered operation may be a graph
        '"t.graph"() ({\n  "t.a"(%v) : (i32) -> ()\n  %v = "t.b"() : () -> i32\n}) : () -> ()',
    ],
)
def test_dominance_holds(text: str, context: Context):
    read_module(context, text, "x.mlir")


def test_decode_text():
    assert decode_text("ö".encode(), "x") == "ö"
    with pytest.raises(UserError, match="0xff") as caught:
        decode_text(b"a\n\xc3\xb6\xff", "x")
    assert caught.value.location is not None
    assert (caught.value.location.line.data, caught.value.location.column.data) == (2, 2)


def test_did_you_mean():
    assert did_you_mean("avx51", ["avx512", "neon"]) == "did you mean 'avx512'?"
    assert did_you_mean("x", ["avx512", "neon"]) == "known: avx512, neon"
    assert did_you_mean("x", []) is None
