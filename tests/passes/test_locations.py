"""Source locations survive rewrites."""

from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.dialects.arith import AddiOp, MuliOp
from xdsl.dialects.test import TestOp as AnyOp
from xdsl.pattern_rewriter import (
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)

from isa_mapper.dialects.errors import location_of
from isa_mapper.dialects.source import read_module
from isa_mapper.passes.locations import keep_locations


class TwoForOne(RewritePattern):
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: MuliOp, rewriter: PatternRewriter) -> None:
        first = AddiOp(op.lhs, op.rhs)
        rewriter.replace(op, [first, AddiOp(first, op.rhs)])


class WithoutResults(RewritePattern):
    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: AnyOp, rewriter: PatternRewriter) -> None:
        if op.results or "old" not in op.attributes:
            return
        rewriter.insert(AnyOp())
        rewriter.erase(op)


def test_locations_survive():
    context = Context()
    for name, dialect in get_all_dialects().items():
        context.register_dialect(name, dialect)
    text = (
        '%a = "test.op"() : () -> i32\n%b = arith.muli %a, %a : i32\n\n'
        '"test.op"() {old} : () -> ()\n%c = arith.muli %b, %a : i32\n'
    )
    module = read_module(context, text, "x.mlir")
    for pattern in (TwoForOne(), WithoutResults()):
        PatternRewriteWalker(pattern, listener=keep_locations()).rewrite_module(module)
    lines: list[int] = []
    for op in module.body.block.ops:
        location = location_of(op)
        assert location is not None
        lines.append(location.line.data)
    assert lines == [1, 2, 2, 4, 5, 5]
