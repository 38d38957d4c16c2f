"""`synchronise`: engines wait for each other where they use the same bytes.

Takes straight-line code for engines; gives the same with `waits` and `signals`, with instructions
that only wait and signal where one word cannot say enough, and with the one that ends the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...dialects.errors import UserError
from ...dialects.isa import ControlKind, InvokeOp, IssueOp, SetOp, TargetOp
from .channels import Channels
from .conflicts import dependences
from .engine_programs import engine_functions, engine_of
from .footprint import Footprints
from .ordering import Step, TooManySignals, order

_Acting: TypeAlias = InvokeOp | SetOp | IssueOp


@dataclass(frozen=True)
class SynchronisePass(ModulePass):
    """Insert the waits and signals that keep engines from overtaking each other, and the program's end.

    Where hardware keeps the order (`interlocked`), only the end is inserted. Functions for machines
    without engines stay as they are.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<32x16xi8, @dram>, %b: memref<32x16xi8, @dram>) {
      %s = memref.alloc() {isa.address = 0 : i64} : memref<32x16xi8, @spad>
      isa.invoke @npu::@load_i8(%s, %a) on "load.0" : memref<32x16xi8, @spad>, memref<32x16xi8, @dram>
      isa.invoke @npu::@store_i8(%b, %s) on "store" : memref<32x16xi8, @dram>, memref<32x16xi8, @spad>
      func.return
    }
    ```
    """

    name = "synchronise"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Synchronise every function."""
        for function, target in engine_functions(op):
            if _is_synchronised(function):
                continue
            _add_end(function, target)
            if "interlocked" not in target.attributes:
                _synchronise(function, Channels.of(target))


def _is_synchronised(function: func.FuncOp) -> bool:
    """Whether instructions wait and signal already, or one ends the program."""
    acting = (op for op in function.body.block.ops if isinstance(op, _Acting))
    return any(op.waits or op.signals or isinstance(op, IssueOp) for op in acting)


def _add_end(function: func.FuncOp, target: TargetOp) -> None:
    """Let the program end with the instruction for that, if the machine has one."""
    found = (c for c in target.controls.values() if c.kind is ControlKind.FINISHES)
    control = next(found, None)
    if control is None:
        return
    symbol = SymbolRefAttr(target.symbol, [control.symbol])
    end = IssueOp(symbol, target.units[control.unit_name].engines[0])
    returning = function.body.block.last_op
    assert returning is not None
    end.location = returning.location
    Rewriter.insert_op([end], InsertPoint.before(returning))


def _synchronise(function: func.FuncOp, channels: Channels) -> None:
    """Insert waits and signals."""
    ops = [op for op in function.body.block.ops if isinstance(op, _Acting)]
    number = {name: index for index, name in enumerate(channels.engines)}
    engines = [number[engine_of(op, channels.target)] for op in ops]
    footprints = Footprints(channels.target)
    uses = [footprints.of(op) if isinstance(op, InvokeOp) else [] for op in ops]
    needed = list(dependences(engines, uses))
    if ops and isinstance(ops[-1], IssueOp):
        last = {engine: step for step, engine in enumerate(engines[:-1])}
        needed[-1] = last
    try:
        steps = order(engines, needed, len(number), channels.route, channels.most)
    except TooManySignals as error:
        raise UserError(
            f"more than {channels.most} signals are on their way in @{function.sym_name.data}",
            function,
        ) from error
    _Writer(ops, steps, channels).write()


@dataclass
class _Word:
    """An operation with what it waits for and signals."""

    op: Operation
    step: int
    waits: list[int] = field(default_factory=list[int])
    signals: list[int] = field(default_factory=list[int])


class _Writer:
    """Writes waits and signals into a program, with more instructions where words have no room."""

    def __init__(self, ops: Sequence[_Acting], steps: Sequence[Step], channels: Channels) -> None:
        self._ops = ops
        self._steps = steps
        self._channels = channels
        self._waiting: dict[int, list[_Word]] = {}
        """Per engine, the words since its last instruction that computes."""

    def write(self) -> None:
        """Write them."""
        following: Operation | None = None
        pending: list[Operation] = []
        for number, step in enumerate(self._steps):
            words = self._words(number, step)
            for word in words:
                self._say(word, step.engine)
            if step.origin is None:
                pending += [word.op for word in words]
                continue
            following = self._ops[step.origin]
            at = next(i for i, word in enumerate(words) if word.op is following)
            for word in words:
                word.op.location = following.location
            before = [*pending, *(word.op for word in words[:at])]
            pending = []
            Rewriter.insert_op(before, InsertPoint.before(following))
            Rewriter.insert_op([w.op for w in words[at + 1 :]], InsertPoint.after(following))

    def _words(self, number: int, step: Step) -> list[_Word]:
        """The words of a step: the instruction's, and others in front and behind that wait and signal."""
        op = self._idle(step.engine) if step.origin is None else self._ops[step.origin]
        slots = self._channels.slots
        own = _Word(op, number, list(step.waits), list(step.signals))
        before: list[_Word] = []
        behind: list[_Word] = []
        waiting = self._waiting.setdefault(step.engine, [])
        while slots is not None and len(own.waits) > slots:
            source = own.waits.pop(0)
            free = (w for w in waiting if len(w.waits) < slots and w.step > step.waits[source])
            word = next(free, None)
            if word is None:
                before.append(_Word(self._idle(step.engine), number, [source]))
            else:
                word.waits.append(source)
                self._say(word, step.engine)
        while slots is not None and len(own.signals) > slots:
            behind.append(_Word(self._idle(step.engine), number, [], [own.signals.pop()]))
        if isinstance(op, SetOp):
            waiting.append(own)
        else:
            waiting.clear()
        return [*before, own, *behind]

    def _idle(self, engine: int) -> IssueOp:
        """An instruction of an engine that does nothing yet."""
        control = self._channels.synchronising(engine)
        symbol = SymbolRefAttr(self._channels.target.symbol, [control.symbol])
        return IssueOp(symbol, self._channels.engines[engine])

    def _say(self, word: _Word, engine: int) -> None:
        """Write what a word waits for and signals into its operation."""
        for label, engines in (("waits", word.waits), ("signals", word.signals)):
            if engines:
                names = [StringAttr(self._channels.engines[other]) for other in engines]
                word.op.properties[label] = ArrayAttr(names)
