"""Give every tensor a buffer."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from xdsl.context import Context
from xdsl.dialects import arith, func, linalg, memref, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FloatAttr,
    FunctionType,
    IntegerAttr,
    ModuleOp,
    StringAttr,
    UnitAttr,
)
from xdsl.ir import Attribute, Block, BlockArgument, Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.traits import SymbolOpInterface

from ..dialects.errors import UserError
from ..dialects.shapes import is_tensor
from .buffers import (
    Reshape,
    Statement,
    Uses,
    is_reshape,
    memref_like,
    reshape,
    source_of,
    undo_reshape,
)
from .generic import copy_statement, require_static
from .locations import copy_location

_HINTS = {
    "kernel": "run lower-kernel first",
    "linalg": "run normalize-statements first",
    "func": "inline the callee",
}


@dataclass(frozen=True)
class BufferizePass(ModulePass):
    """Turn straight-line functions on tensors into functions on memrefs.

    Tensor arguments become memrefs, which are only read. Every tensor result becomes one more
    memref argument behind the others, and what is returned is computed there:

    ```mlir
    func.func @square(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = tensor.empty() : tensor<4xf32>
      %1 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                           iterator_types = ["parallel"]}
          ins(%x : tensor<4xf32>) outs(%0 : tensor<4xf32>) {
      ^bb0(%e: f32, %old: f32):
        %2 = arith.mulf %e, %e : f32
        linalg.yield %2 : f32
      } -> tensor<4xf32>
      func.return %1 : tensor<4xf32>
    }
    ```

    becomes `func.func @square(%x: memref<4xf32>, %out: memref<4xf32>)` with the same statement from
    `%x` to `%out`. Other values get a `memref.alloc`. A statement works in place on what it starts
    from unless that is an argument, a constant, or used elsewhere; then it works on a copy, if the
    old elements matter at all. Constants become `memref.global`. Reshapes become views.
    """

    name = "bufferize"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Rewrite every function that has to do with tensors."""
        for function in [found for found in op.walk() if isinstance(found, func.FuncOp)]:
            if any(map(_on_tensors, function.walk())) or _mentions_tensors(function):
                _check(function)
                _Bufferizer(function).run()


def _on_tensors(op: Operation) -> bool:
    """Say whether an operand or a result is a tensor."""
    return any(is_tensor(value.type) for value in (*op.operands, *op.results))


def _mentions_tensors(function: func.FuncOp) -> bool:
    """Say whether the signature of a function has tensors."""
    return any(map(is_tensor, (*function.function_type.inputs, *function.function_type.outputs)))


def _check(function: func.FuncOp) -> None:
    """Raise a `UserError` on what this pass cannot do."""
    name = function.sym_name.data
    if len(function.body.blocks) != 1:
        what = "has branches" if function.body.blocks else "has no body"
        raise UserError(f"function @{name} on tensors {what}, which is not supported", function)
    for op in function.body.block.ops:
        if not _is_supported(op):
            if "scf" in op.dialect_name() or op.regions:
                hint = "only straight-line functions on tensors are supported"
            else:
                hint = _HINTS.get(op.dialect_name())
            raise UserError(f"'{op.name}' on tensors is not supported", op, hint)
        require_static(op)
    for type_ in function.function_type.outputs:
        if not is_tensor(type_):
            message = f"function @{name} returns {type_}; return it as tensor<{type_}>"
            raise UserError(message, function)


def _is_supported(op: Operation) -> bool:
    """Say whether this pass knows what to do with an operation."""
    if is_reshape(op) or isinstance(op, linalg.ops.GenericOp | linalg.ops.FillOp):
        return True
    if isinstance(op, arith.ConstantOp) and is_tensor(op.result.type):
        return isinstance(op.value, DenseIntOrFPElementsAttr)
    if isinstance(op, tensor.EmptyOp | func.ReturnOp):
        return True
    return not any(map(_on_tensors, op.walk()))


def _erase_unused(block: Block) -> None:
    """Erase what computes tensors that nobody uses; nothing on tensors has another effect."""
    for op in reversed(list(block.ops)):
        if _on_tensors(op) and op.results and not any(result.uses for result in op.results):
            op.detach()
            op.erase()


@dataclass
class _Bufferizer:
    """Rewrites one function, whose block has tensors' old and buffers' new operations meanwhile."""

    function: func.FuncOp
    uses: Uses = field(init=False)
    buffers: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """The memref that holds a tensor."""
    goals: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    """The memref in which a tensor ought to be computed: an argument for a result, or a part."""

    def run(self) -> None:
        """Rewrite the function."""
        block = self.function.body.block
        _erase_unused(block)
        old_ops, old_args = list(block.ops), list(block.args)
        self.uses = Uses.of(block)
        self._add_arguments(block, old_args)
        results = self._add_results(block, old_ops[-1])
        views = self._set_goals(old_ops, results)
        for op in old_ops:
            self._rewrite(op, results)
        for op in reversed(old_ops):
            if op.parent is not None and (_on_tensors(op) or op is old_ops[-1]):
                op.detach()
                op.erase(safe_erase=False)
        for op in reversed(views):
            if not op.results[0].uses:
                op.detach()
                op.erase()
        for arg in old_args:
            if is_tensor(arg.type):
                block.erase_arg(arg)
        self._set_signature(block, len(results))

    def _add_arguments(self, block: Block, old: Sequence[BlockArgument]) -> None:
        """Insert a memref argument before every tensor argument."""
        for arg in old:
            if is_tensor(arg.type):
                new = block.insert_arg(memref_like(arg.type), arg.index)
                new.name_hint = arg.name_hint
                self.buffers[arg] = new

    def _add_results(self, block: Block, end: Operation) -> list[SSAValue]:
        """Append a memref argument for every result."""
        results: list[SSAValue] = []
        for number, value in enumerate(end.operands):
            new = block.insert_arg(memref_like(value.type), len(block.args))
            new.name_hint = "out" if len(end.operands) == 1 else f"out{number}"
            results.append(new)
        return results

    def _set_goals(self, ops: Sequence[Operation], results: Sequence[SSAValue]) -> list[Operation]:
        """Trace results back to where their buffers come from; return the views that this takes."""
        views: list[Operation] = []
        for value, result in zip(ops[-1].operands, results, strict=True):
            self._aim(value, result, views)
        for op in reversed(ops):
            if statement := Statement.of(op):
                for init, result in zip(statement.inits, op.results, strict=True):
                    if result in self.goals and self.uses.can_overwrite(statement, init):
                        self._aim(init, self.goals[result], views)
        block = ops[0].parent
        assert block is not None
        for view in reversed(views):
            block.insert_ops_before([view], ops[0])
        return views

    def _aim(self, value: SSAValue, goal: SSAValue, views: list[Operation]) -> None:
        """Let `value` be computed in `goal`, and what it is a reshape of in a view of that."""
        if value in self.goals:
            return
        self.goals[value] = goal
        if isinstance(value.owner, Operation) and is_reshape(value.owner):
            source = value.owner.operands[0]
            if source.type == value.type:
                self._aim(source, goal, views)
            else:
                view = undo_reshape(value.owner, goal)
                copy_location(value.owner, view)
                views.insert(0, view)
                self._aim(source, view.results[0], views)

    def _rewrite(self, op: Operation, results: Sequence[SSAValue]) -> None:
        """Insert what becomes of `op` before it."""
        if statement := Statement.of(op):
            self._rewrite_statement(statement)
        elif is_reshape(op):
            self._rewrite_reshape(op)
        elif isinstance(op, arith.ConstantOp) and is_tensor(op.result.type):
            if any(self._needs_global(op.result, use.operation) for use in op.result.uses):
                self.buffers[op.result] = self._global(op)
        elif isinstance(op, func.ReturnOp):
            for value, result in zip(op.operands, results, strict=True):
                if self.buffers.get(value) is not result:
                    self._initialise(result, value, op)
            self._insert(func.ReturnOp(), op)

    def _rewrite_statement(self, statement: Statement) -> None:
        """Insert the statement on the buffers of its operands."""
        op = statement.op
        targets: list[SSAValue] = []
        for number, (init, result) in enumerate(zip(statement.inits, op.results, strict=True)):
            if self.uses.can_overwrite(statement, init):
                target = self.buffers[init]
            else:
                target = self.goals.get(result) or self._alloc(result, op)
                if statement.needs(number):
                    self._initialise(target, init, op)
            self.buffers[result] = target
            targets.append(target)
        inputs = [self.buffers.get(value, value) for value in statement.inputs]
        self._insert(statement.on(inputs, targets), op)

    def _rewrite_reshape(self, op: Reshape) -> None:
        """Let the result be a view of the operand's buffer."""
        source, result = op.operands[0], op.results[0]
        if source not in self.buffers:  # undefined, or a constant that is never read
            return
        buffer, goal = self.buffers[source], self.goals.get(result)
        if source.type == result.type:
            self.buffers[result] = buffer
        elif goal is not None and buffer is self.goals.get(source) and _views(buffer, goal):
            self.buffers[result] = goal
        else:
            self.buffers[result] = self._insert(reshape(op, buffer), op).results[0]

    def _initialise(self, target: SSAValue, value: SSAValue, at: Operation) -> None:
        """Insert what makes the elements of `target` those of `value`."""
        if value in self.buffers:
            self._insert(copy_statement(self.buffers[value], target), at)
        elif (constant := _splat(value)) is not None:
            scalar = self._insert(arith.ConstantOp(constant), at)
            self._insert(linalg.ops.FillOp(scalar.results, [target], []), at)

    def _needs_global(self, constant: SSAValue, user: Operation) -> bool:
        """Say whether `user` reads the elements of a constant in a way that a fill cannot serve."""
        statement = Statement.of(user)
        if statement is not None and constant not in statement.inputs:
            if _splat(constant) is not None:
                return False
            inits = enumerate(statement.inits)
            return any(init is constant and statement.needs(number) for number, init in inits)
        return not isinstance(user, func.ReturnOp) or _splat(constant) is None

    def _global(self, op: arith.ConstantOp) -> SSAValue:
        """Return a global's buffer with the value of a constant; equal ones share a global."""
        assert isinstance(op.value, DenseIntOrFPElementsAttr)
        type_ = memref_like(op.result.type)
        around = self.function.parent_block()
        assert around is not None
        names: set[str] = set()
        for found in around.ops:
            if isinstance(found, memref.GlobalOp) and _holds(found, op.value, type_):
                get = memref.GetGlobalOp(found.sym_name.data, type_)
                return self._insert(get, op).results[0]
            if (trait := found.get_trait(SymbolOpInterface)) is not None:
                symbol = trait.get_sym_attr_name(found)
                names.add("" if symbol is None else symbol.data)
        number = next(n for n in range(len(names) + 1) if f"constant_{n}" not in names)
        name = f"constant_{number}"
        new = memref.GlobalOp.get(StringAttr(name), type_, op.value, constant=UnitAttr())
        copy_location(op, new)
        around.insert_ops_before([new], self.function)
        return self._insert(memref.GetGlobalOp(name, type_), op).results[0]

    def _alloc(self, value: SSAValue, at: Operation) -> SSAValue:
        """Return a new buffer for a tensor."""
        alloc = self._insert(memref.AllocOp([], [], memref_like(value.type)), at).results[0]
        alloc.name_hint = value.name_hint
        return alloc

    def _insert(self, new: Operation, before: Operation) -> Operation:
        """Insert an operation that stands for (a part of) `before`."""
        block = before.parent
        assert block is not None
        copy_location(before, new)
        block.insert_ops_before([new], before)
        return new

    def _set_signature(self, block: Block, results: int) -> None:
        """Make the function's type and attributes those of its new block."""
        function = self.function
        function.function_type = FunctionType.from_lists(list(block.arg_types), [])
        if function.arg_attrs is not None or function.res_attrs is not None:
            none = [DictionaryAttr({})]
            ins = function.arg_attrs or ArrayAttr(none * (len(block.args) - results))
            outs = function.res_attrs or ArrayAttr(none * results)
            function.arg_attrs = ArrayAttr([*ins, *outs])
            function.res_attrs = None


def _holds(op: memref.GlobalOp, value: Attribute, type_: Attribute) -> bool:
    """Say whether a global is a constant of this value."""
    return op.constant is not None and op.initial_value == value and op.type == type_


def _views(view: SSAValue, base: SSAValue) -> bool:
    """Say whether the first memref is a reshape of the second."""
    return isinstance(view.owner, Operation) and base in view.owner.operands


def _splat(value: SSAValue) -> IntegerAttr | FloatAttr | None:
    """Return the one value of all elements if `value` is such a constant.

    Compared as bytes: a NaN equals itself then, and -0.0 is not 0.0.
    """
    op = source_of(value).owner
    if isinstance(op, arith.ConstantOp) and isinstance(op.value, DenseIntOrFPElementsAttr):
        data, count = op.value.data.data, len(op.value)
        if count and data == data[: len(data) // count] * count:
            return next(iter(op.value.iter_attrs()))
    return None
