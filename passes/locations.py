"""Carry source locations through rewrites, which xDSL's rewriters drop."""

from collections.abc import Sequence

from xdsl.dialects.builtin import UnknownLoc
from xdsl.ir import Operation, SSAValue
from xdsl.pattern_rewriter import PatternRewriterListener


def keep_locations() -> PatternRewriterListener:
    """Return a listener that gives what a pattern inserts the location of what it replaces.

    `PatternRewriteWalker(pattern, listener=keep_locations()).rewrite_module(module)`
    """
    inserted: list[Operation] = []

    def on_insert(op: Operation) -> None:
        inserted.append(op)

    def settle(op: Operation) -> None:
        for new in inserted:
            if new is not op:
                copy_location(op, new)
        inserted.clear()

    def on_replace(op: Operation, new_results: Sequence[SSAValue | None]) -> None:
        settle(op)

    return PatternRewriterListener(
        operation_insertion_handler=[on_insert],
        operation_replacement_handler=[on_replace],
        operation_modification_handler=[settle],
        operation_removal_handler=[settle],
    )


def copy_location(source: Operation, target: Operation) -> None:
    """Give `target` and what it contains the location of `source`, where they have none."""
    for op in target.walk():
        if isinstance(op.location, UnknownLoc):
            op.location = source.location
