"""Bring statements into the one form that is matched."""

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, func, linalg, memref
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr
from xdsl.dialects.linalg.attrs import IteratorType, IteratorTypeAttr
from xdsl.ir import Block, Region
from xdsl.passes import ModulePass
from xdsl.pattern_rewriter import (
    GreedyRewritePatternApplier,
    PatternRewriter,
    PatternRewriteWalker,
    RewritePattern,
    op_type_rewrite_pattern,
)

from ..dialects.errors import UserError
from .body import Terms, is_scalar, read_body, write_body
from .body_rules import RULES
from .generalize import GeneralizeOthers, GeneralizeStructured
from .generic import AXES, axis_names, require_static
from .locations import keep_locations


@dataclass(frozen=True)
class NormalizeStatementsPass(ModulePass):
    """Turn every linalg operation into a linalg.generic in normal form.

    ```mlir
    func.func @kernel(%a: memref<4x8xf32>, %b: memref<8x16xf32>, %c: memref<4x16xf32>) {
      linalg.matmul ins(%a, %b : memref<4x8xf32>, memref<8x16xf32>) outs(%c : memref<4x16xf32>)
      func.return
    }
    ```

    becomes a `linalg.generic` with the attribute `kernel.axes = ["m", "n", "k"]`. A generic without
    names gets `i0`, `i1`, ... for its parallel and `r0`, ... for its reduction axes. A named
    operation becomes the statement that the kernel of the same meaning does. Bodies that
    compute the same become the same: the old output comes first in a sum, commutative operands are
    in order, constants last and inside, casts are merged, `x - 1` is `x + -1`, a selection that is
    exactly a maximum is one. `linalg.fill` stays; `memref.copy` becomes a statement.

    Results stay exactly the same, including NaNs and the signs of zeros. Running the pass again
    changes nothing.
    """

    name = "normalize-statements"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function of the module."""
        pattern = GreedyRewritePatternApplier(
            [GeneralizeStructured(), GeneralizeOthers(), NormalizeGeneric()], dce_enabled=False
        )
        for function in [found for found in op.walk() if isinstance(found, func.FuncOp)]:
            for inner in function.walk():
                if inner.dialect_name() in ("linalg", "tensor") or isinstance(inner, memref.CopyOp):
                    require_static(inner)
            PatternRewriteWalker(pattern, listener=keep_locations()).rewrite_region(function.body)
            _erase_unused_constants(function)


def _erase_unused_constants(function: func.FuncOp) -> None:
    """Erase the constants of which every body has its own now."""
    for op in list(function.walk()):
        if isinstance(op, arith.ConstantOp) and not op.result.uses:
            op.detach()
            op.erase()


class NormalizeGeneric(RewritePattern):
    """`linalg.generic` to its normal form."""

    @op_type_rewrite_pattern
    def match_and_rewrite(self, op: linalg.ops.GenericOp, rewriter: PatternRewriter) -> None:
        """Replace one statement, if it is not in normal form."""
        kinds = ArrayAttr([_two_kinds(kind) for kind in op.iterator_types])
        names = _names(op, [kind.data for kind in kinds])
        body = _normal_body(op)
        if (
            op.attributes.get(AXES) == names
            and op.iterator_types == kinds
            and op.body.is_structurally_equivalent(body)
            and op.doc is None
            and op.library_call is None
        ):
            return
        new = linalg.ops.GenericOp(
            op.inputs, op.outputs, body, op.indexing_maps, kinds, op.res.types
        )
        new.attributes.update(op.attributes)
        new.attributes[AXES] = names
        rewriter.replace(op, new)


def _two_kinds(kind: IteratorTypeAttr) -> IteratorTypeAttr:
    """Return `parallel` or `reduction`; a `window` is a reduction."""
    if kind.data == IteratorType.PARALLEL:
        return IteratorTypeAttr.parallel()
    return IteratorTypeAttr.reduction()


def _names(op: linalg.ops.GenericOp, kinds: Sequence[IteratorType]) -> ArrayAttr[StringAttr]:
    """Return the names of the axes: those given, otherwise by kind."""
    given = op.attributes.get(AXES)
    if given is None:
        counts = {IteratorType.PARALLEL: 0, IteratorType.REDUCTION: 0}
        names: list[str] = []
        for kind in kinds:
            names.append(f"{'i' if kind == IteratorType.PARALLEL else 'r'}{counts[kind]}")
            counts[kind] += 1
        return axis_names(names)
    names = [name.data for name in given if isinstance(name, StringAttr)]  # pyright: ignore
    if not isinstance(given, ArrayAttr) or len(names) != len(kinds) or len(set(names)) < len(names):
        raise UserError(
            f"'{AXES}' must give {len(kinds)} different names, one per loop, not {given}", op
        )
    return axis_names(names)


def _normal_body(op: linalg.ops.GenericOp) -> Region:
    """Return the body in normal form; one that terms cannot express stays as it is."""
    if not is_scalar(op.body.block):
        return op.body.clone()
    results = read_body(op.body.block, len(op.inputs), Terms(RULES))
    block = Block(arg_types=op.body.block.arg_types)
    for old, new in zip(op.body.block.args, block.args, strict=True):
        new.name_hint = old.name_hint
    write_body(results, block)
    return Region(block)
