"""Check that every value is defined before it is used, which xDSL's verifier does not.

One walk over the IR, linear for regions of one block. Unlike `xdsl.irdl.dominance`, blocks that
nothing branches to neither fail nor disturb the check of the others, as in MLIR.
"""

from collections.abc import Iterable

from xdsl.dialects.builtin import UnregisteredOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException


def verify_dominance(root: Operation) -> None:
    """Raise `VerifyException` on the first operand below `root` that does not dominate its use."""
    for region in root.regions:
        _verify_region(region, set())


def _verify_region(region: Region, visible: set[SSAValue]) -> None:
    """Check a region in which the values `visible` can be used; leaves the set as it was."""
    if not region.blocks:
        return
    if region.first_block is region.last_block:
        _verify_block(region.blocks[0], (), visible)
        return
    for block, dominators in _dominators(region).items():
        inherited = [value for above in dominators for value in _defined_in(above)]
        _verify_block(block, inherited, visible)


def _verify_block(block: Block, inherited: Iterable[SSAValue], visible: set[SSAValue]) -> None:
    """Check one block in which also the values of its strict dominators can be used."""
    own: list[SSAValue] = [*inherited, *block.args]
    visible.update(own)
    for op in block.ops:
        for number, operand in enumerate(op.operands):
            if operand not in visible:
                _reject(op, number, operand)
        # Nothing is known of an unregistered operation: its regions may be graphs.
        if not isinstance(op, UnregisteredOp):
            isolated = op.regions and op.has_trait(IsolatedFromAbove)
            for region in op.regions:
                _verify_region(region, set() if isolated else visible)
        visible.update(op.results)
        own.extend(op.results)
    visible.difference_update(own)


def _reject(op: Operation, number: int, operand: SSAValue) -> None:
    """Raise the error for one operand."""
    name = f" (%{operand.name_hint})" if operand.name_hint else ""
    message = f"operand #{number}{name} of '{op.name}' does not dominate this use"
    op.emit_error(message, VerifyException(message))


def _defined_in(block: Block) -> Iterable[SSAValue]:
    """Yield the values that a block defines at its own level."""
    yield from block.args
    for op in block.ops:
        yield from op.results


def _dominators(region: Region) -> dict[Block, set[Block]]:
    """Return the strict dominators of every block that can be reached from the entry."""
    entry = region.blocks[0]
    predecessors: dict[Block, set[Block]] = {entry: set()}
    stack = [entry]
    while stack:
        block = stack.pop()
        for successor in block.last_op.successors if block.last_op else ():
            if successor not in predecessors:
                predecessors[successor] = set()
                stack.append(successor)
            predecessors[successor].add(block)
    reached = set(predecessors)
    dominators = {block: {block} if block is entry else set(reached) for block in predecessors}
    changed = True
    while changed:
        changed = False
        for block, before in predecessors.items():
            if block is entry:
                continue
            now = {block}.union(set[Block].intersection(*(dominators[p] for p in before)))
            changed |= now != dominators[block]
            dominators[block] = now
    return {block: above - {block} for block, above in dominators.items()}
