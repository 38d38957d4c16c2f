"""`pack-arguments`: arguments lie in blocks where a machine cannot move them out of plain rows.

Some DMA counts in elements of a scratchpad, of 16 or 16 x 16 numbers. Where no mapping of a statement
can be carried out otherwise, its arrays get such blocks, the last ones padded, and so does everything
that is computed with them. A function says by `isa.layout` how the caller's arrays lie in its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from xdsl.context import Context
from xdsl.dialects import func, linalg, memref
from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    FunctionType,
    MemRefType,
    ModuleOp,
    NoneAttr,
    i64,
)
from xdsl.ir import Attribute, BlockArgument, SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ..dialects.isa import InstructionOp, ViewOp
from ..dialects.machines import import_target
from ..dialects.shapes import shape_of
from ..mapping.statement import Statement, statement_of
from ..planning.problem import Problem
from ..planning.scratchpad import ScratchpadSpace
from ..simulator.elements import constant as constant_of
from .epilogues import EPILOGUE
from .generic import AXES, axis_names
from .globals import constant_of_global, dense, global_for
from .linear_form import Linear
from .map_instructions import Machine, MapInstructionsPass, machine_for
from .plan_schedule import surroundings_of
from .planned import axis_names as names_of_axes
from .window import Window, base_of

LAYOUT = "isa.layout"
"""The attribute of an argument that says how an array of the caller's lies in it.

`{shape = array<i64: 4, 32>, dimensions = [array<i64: 0, 4, 1, 0>, array<i64: 1, 2, 16, 0>, array<i64: 1, 16, 1, 0>]}`
is a 4x32 array in rows of two blocks of 16: per dimension in memory, the outermost first, the dimension of
the array that it is a piece of, its extent, the step along that dimension and the first position.
"""


@dataclass(frozen=True)
class PackArgumentsPass(ModulePass):
    """Cut arrays into the blocks that the machine's instructions and moves want.

    An axis of 40 along an instruction's axis of 16 becomes an axis of 3 and one of 16. What lies
    beyond the end is zero in what is read, and of no account in what is written.

    ```mlir
    func.func @product(%a: memref<32x40xi8>, %b: memref<16x40xi8>, %c: memref<32x16xi32>) {
      linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
          affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
          iterator_types = ["parallel", "parallel", "reduction"]}
          ins(%a, %b : memref<32x40xi8>, memref<16x40xi8>) outs(%c : memref<32x16xi32>) {
      ^bb0(%x: i8, %y: i8, %old: i32):
        %v = arith.extsi %x : i8 to i32
        %w = arith.extsi %y : i8 to i32
        %p = arith.muli %v, %w : i32
        %s = arith.addi %old, %p : i32
        linalg.yield %s : i32
      }
      func.return
    }
    ```
    """

    name = "pack-arguments"

    target: str = "host"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Pack the arrays of every function that needs it."""
        target = import_target(op, self.target, ctx)
        if not target.has_rows:
            return
        machine = machine_for(target)
        for function in list(op.body.block.ops):
            if not isinstance(function, func.FuncOp) or not function.body.blocks:
                continue
            statements = [s for s in function.walk() if isinstance(s, linalg.ops.GenericOp)]
            for statement in statements:
                wanted = _wanted(statement, machine)
                packing = _Packing(statements) if wanted is not None else None
                if packing is not None and wanted is not None and packing.add(statement, wanted):
                    packing.write(function)
                    break


@dataclass(frozen=True)
class _Wanted:
    """How a statement's operands are to be cut.

    Attributes:
        widths: Per axis, the length of blocks.
        orders: Per operand, the axes in the order of their places within a block.
    """

    widths: dict[int, int]
    orders: dict[int, tuple[int, ...]]


def _wanted(op: linalg.ops.GenericOp, machine: Machine) -> _Wanted | None:
    """The blocks that a statement wants, if none of its mappings can be carried out without."""
    kernel = statement_of(op)
    if kernel.is_copy or EPILOGUE in op.attributes:
        return None
    found: _Wanted | None = None
    around = surroundings_of(op, kernel)
    for mapping in machine.mappings(kernel, len(op.inputs), MapInstructionsPass.limit):
        name = mapping.instruction.nested_references.data[-1].data
        instruction = machine.target.lookup(name)
        if not isinstance(instruction, InstructionOp):
            return None
        problem = Problem(kernel, mapping, instruction, machine.target, around)
        if not problem.is_in_rows or ScratchpadSpace.of(problem) is not None:
            return None
        if found is None and not mapping.extents and not mapping.cover.data:
            found = _blocks(kernel, problem)
    return found


def _blocks(kernel: Statement, problem: Problem) -> _Wanted | None:
    """The blocks that an instruction wants for a mapping; None if several axes make one of its own."""
    needle, groups = problem.needle, problem.mapping.groups
    if needle is None or any(len(group) > 1 for group in groups):
        return None
    lanes = {
        lane: kernel.axis_index(group[0])
        for lane, group in enumerate(groups)
        if group and needle.axes[lane].extent > 1
    }
    widths = {axis: needle.axes[lane].extent for lane, axis in lanes.items()}
    places = (*problem.mapping.input_indices, len(kernel.inputs))
    orders: dict[int, tuple[int, ...]] = {}
    for place, access in zip(places, needle.operands(), strict=True):
        inner = chain.from_iterable(access.axes)
        orders[place] = tuple(lanes[lane] for lane in inner if lane in lanes)
    return _Wanted(widths, orders) if widths else None


@dataclass
class _Packing:
    """Which buffers of a function are cut into blocks, and which axes of its statements.

    Attributes:
        statements: The statements of the function.
        buffers: Per buffer, the dimensions that are cut with the length of blocks, in their order there.
        axes: Per statement, the axes that are cut with the length of blocks.
    """

    statements: Sequence[linalg.ops.GenericOp]
    buffers: dict[SSAValue, dict[int, int]] = field(default_factory=dict[SSAValue, dict[int, int]])
    axes: dict[linalg.ops.GenericOp, dict[int, int]] = field(
        default_factory=dict[linalg.ops.GenericOp, dict[int, int]]
    )

    def add(self, op: linalg.ops.GenericOp, wanted: _Wanted) -> bool:
        """Cut what a statement wants, and all that follows from it; False if that cannot be done."""
        self.axes[op] = dict(wanted.widths)
        for place, order in wanted.orders.items():
            if not self._cut(op, place, order):
                return False
        changed = True
        while changed:
            before = sum(map(len, (*self.buffers.values(), *self.axes.values())))
            for statement in self.statements:
                if not self._spread(statement):
                    return False
            changed = before != sum(map(len, (*self.buffers.values(), *self.axes.values())))
        return all(map(self._can_change, self.buffers))

    def _spread(self, op: linalg.ops.GenericOp) -> bool:
        """Cut the axes of a statement along buffers that are cut, and its buffers along these axes."""
        axes = self.axes.setdefault(op, {})
        for place, value in enumerate(op.operands):
            for dim, width in self.buffers.get(base_of(value), {}).items():
                axis = _axis_along(op, place, dim)
                if axis is None or axes.setdefault(axis, width) != width:
                    return False
        return all(self._cut(op, place, tuple(axes)) for place in range(len(op.operands)))

    def _cut(self, op: linalg.ops.GenericOp, place: int, order: Sequence[int]) -> bool:
        """Cut an operand along axes; False if something else moves along its dimensions there."""
        value, widths = op.operands[place], self.axes[op]
        base = base_of(value)
        dims = {_axis_along(op, place, d): d for d in range(len(shape_of(base)))}
        window, exprs = Window.of(value), _results(op, place)
        for axis in order:
            uses = [expr for expr in exprs if axis in expr.used_dims()]
            if not uses:
                continue
            dim = dims.get(axis)
            if dim is None or len(uses) > 1:
                return False
            own = self.buffers.setdefault(base, {})
            if own.setdefault(dim, widths[axis]) != widths[axis]:
                return False
            if any(form.dims[_dim_along(window, dim) or 0] for form, _ in window.guards):
                return False
        return True

    def _can_change(self, base: SSAValue) -> bool:
        """Whether a buffer may have another shape: only statements, fills and views use it."""
        is_known = isinstance(base, BlockArgument) or constant_of_global(base) is not None
        if not is_known and not isinstance(base.owner, memref.AllocOp):
            return False
        users = [use.operation for use in base.uses]
        users += [use.operation for op in users if isinstance(op, ViewOp) for use in op.result.uses]
        return all(
            isinstance(op, ViewOp | linalg.ops.FillOp) or op in self.statements for op in users
        )

    def write(self, function: func.FuncOp) -> None:
        """Give the buffers their blocks, and let the statements run along them."""
        operands = {op: [self._window(value) for value in op.operands] for op in self.axes}
        maps = {op: [self._map(op, place) for place in range(len(op.operands))] for op in self.axes}
        packed = {base: self._retype(base, function) for base in list(self.buffers)}
        for op, windows in operands.items():
            if self.axes[op]:
                moved = [replace(w, base=packed.get(w.base, w.base)) for w in windows]
                self._rewrite(op, moved, maps[op])
        block = function.body.block
        outputs = list(function.function_type.outputs)
        function.function_type = FunctionType.from_lists(block.arg_types, outputs)
        for view in [op for op in function.walk() if isinstance(op, ViewOp) and not op.result.uses]:
            Rewriter.erase_op(view)

    def _window(self, value: SSAValue) -> Window:
        """An operand as a window of its buffer with blocks."""
        window = Window.of(value)
        cut = self.buffers.get(window.base, {})
        shape, rank = list(window.shape), len(window.shape)
        for dim, width in cut.items():
            along = _dim_along(window, dim)
            assert along is not None
            shape[along] = -(-shape[along] // width)
        kept: list[int | None] = [*range(rank), *([None] * len(cut))]
        index = [form.select(kept) for form in window.index]
        for number in range(len(cut)):
            index.append(Linear(tuple(int(i == rank + number) for i in range(len(kept)))))
        guards = tuple((form.select(kept), bound) for form, bound in window.guards)
        return Window(window.base, (*shape, *cut.values()), tuple(index), guards)

    def _map(self, op: linalg.ops.GenericOp, place: int) -> AffineMapAttr:
        """The access of an operand with blocks: within them, it moves along the axes within blocks."""
        axes, count = list(self.axes[op]), len(op.iterator_types)
        exprs = list(_results(op, place))
        for dim in self.buffers.get(base_of(op.operands[place]), {}):
            axis = _axis_along(op, place, dim)
            assert axis is not None
            exprs.append(AffineExpr.dimension(count + axes.index(axis)))
        return AffineMapAttr(AffineMap(count + len(axes), 0, tuple(exprs)))

    def _retype(self, base: SSAValue, function: func.FuncOp) -> SSAValue:
        """Give a buffer the shape in which it has blocks."""
        assert isinstance(base.type, MemRefType)
        shape, cut = list(base.type.get_shape()), self.buffers[base]
        packed = [-(-n // cut.get(dim, 1)) for dim, n in enumerate(shape)]
        space = base.type.memory_space
        kind = MemRefType(base.type.element_type, [*packed, *cut.values()], NoneAttr(), space)
        if isinstance(base, BlockArgument):
            pieces = [(dim, n, cut.get(dim, 1)) for dim, n in enumerate(packed)]
            pieces += [(dim, width, 1) for dim, width in cut.items()]
            _say_layout(function, base.index, shape, pieces)
        if (constant := constant_of_global(base)) is not None:
            return _constant_in_blocks(base, constant, cut, kind)
        return Rewriter.replace_value_with_new_type(base, kind)

    def _rewrite(
        self, op: linalg.ops.GenericOp, windows: Sequence[Window], maps: Sequence[AffineMapAttr]
    ) -> None:
        """Let a statement run along blocks."""
        axes = self.axes[op]
        for place, window in enumerate(windows):
            views, value = window.view()
            Rewriter.insert_op(views, InsertPoint.before(op))
            op.operands[place] = value
        names = list(names_of_axes(op))
        names += [f"{names[axis]}{width}" for axis, width in axes.items()]
        kinds = [*op.iterator_types, *(op.iterator_types.data[axis] for axis in axes)]
        op.properties["indexing_maps"] = ArrayAttr(maps)
        op.properties["iterator_types"] = ArrayAttr(kinds)
        op.attributes[AXES] = axis_names(names)


def _constant_in_blocks(
    base: SSAValue, constant: memref.GlobalOp, cut: Mapping[int, int], kind: MemRefType
) -> SSAValue:
    """A constant array in blocks, zero beyond its ends, in the place of one in rows."""
    assert isinstance(base.owner, memref.GetGlobalOp)
    assert constant.initial_value is not None
    array = constant_of(constant.initial_value)
    array = np.pad(array, [(0, -n % cut.get(dim, 1)) for dim, n in enumerate(array.shape)])
    split: list[int] = []
    outer, inner = list[int](), dict[int, int]()
    for dim, n in enumerate(array.shape):
        outer.append(len(split))
        split.append(n // cut.get(dim, 1))
        if dim in cut:
            inner[dim] = len(split)
            split.append(cut[dim])
    blocks = array.reshape(split).transpose([*outer, *(inner[dim] for dim in cut)])
    new = global_for(dense(blocks, kind.element_type), kind, base.owner)
    base.replace_all_uses_with(new.memref)
    Rewriter.erase_op(base.owner)
    return new.memref


def _say_layout(
    function: func.FuncOp, index: int, shape: Sequence[int], pieces: Sequence[tuple[int, int, int]]
) -> None:
    """Note how the caller's array lies in an argument: per piece the dimension, its extent, its step."""
    dimensions = [DenseArrayBase.from_list(i64, [*piece, 0]) for piece in pieces]
    layout = DictionaryAttr(
        {"shape": DenseArrayBase.from_list(i64, list(shape)), "dimensions": ArrayAttr(dimensions)}
    )
    count = len(function.body.block.args)
    known = (
        function.arg_attrs.data if function.arg_attrs is not None else (DictionaryAttr({}),) * count
    )
    attributes: list[DictionaryAttr] = list(known)
    own: dict[str, Attribute] = {**attributes[index].data, LAYOUT: layout}
    attributes[index] = DictionaryAttr(own)
    function.arg_attrs = ArrayAttr(attributes)


def _results(op: linalg.ops.GenericOp, place: int) -> Sequence[AffineExpr]:
    """The indices of an operand in terms of the axes."""
    return op.indexing_maps.data[place].data.results


def _dim_along(window: Window, dim: int) -> int | None:
    """The dimension of a window that is all of one of its buffer's; None if there is none."""
    form = window.index[dim]
    moving = [i for i, factor in enumerate(form.dims) if factor]
    if len(moving) != 1 or form.dims[moving[0]] != 1 or form.constant or form.terms:
        return None
    alone = sum(bool(other.dims[moving[0]]) for other in window.index) == 1
    whole = window.shape[moving[0]] == window.type.get_shape()[dim]
    return moving[0] if alone and whole else None


def _axis_along(op: linalg.ops.GenericOp, place: int, dim: int) -> int | None:
    """The axis of a statement along a dimension of an operand's buffer; None if it is no single one."""
    along = _dim_along(Window.of(op.operands[place]), dim)
    expr = _results(op, place)[along] if along is not None else None
    return expr.position if isinstance(expr, AffineDimExpr) else None
