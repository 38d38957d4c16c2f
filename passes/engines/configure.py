"""`configure`: choose engines, set the configurations that instructions need, keep what can be kept.

Takes straight-line code for engines, with addresses. An engine keeps a configuration until it is
set again, so it is set only where another value is needed than it has; at the beginning nothing is
known of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from xdsl.context import Context
from xdsl.dialects import func
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr, SymbolRefAttr
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ...binary.encode import needed_settings, required_settings
from ...binary.instance import Instance
from ...dialects.isa import InvokeOp, SetOp, TargetOp
from .engine_choice import choose_engines
from .engine_programs import engine_functions
from .instances import Instances
from .kept_operands import KeptOperands


@dataclass(frozen=True)
class ConfigurePass(ModulePass):
    """Set configurations before the instructions that need them, and name the engines.

    Operands that an engine still has from its last execution of an instruction are `keeping`, where
    the encoding offers that. Functions for machines without engines stay as they are.

    ```mlir
    isa.import @npu from "npu"
    func.func @rows(%a: memref<32x16xi8, @dram>) {
      %s = memref.alloc() {isa.address = 0 : i64} : memref<32x16xi8, @spad>
      isa.invoke @npu::@load_i8(%s, %a) : memref<32x16xi8, @spad>, memref<32x16xi8, @dram>
      func.return
    }
    ```
    """

    name = "configure"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        """Configure every function."""
        for function, target in engine_functions(op):
            _configure(function, target)


def _configure(function: func.FuncOp, target: TargetOp) -> None:
    """Configure one function."""
    ops = [op for op in function.body.block.ops if isinstance(op, InvokeOp)]
    for op, engine in choose_engines(ops, target).items():
        op.properties["engine"] = StringAttr(engine)
    instances = Instances(function, target)
    kept = KeptOperands(target)
    symbols = {name: SymbolRefAttr(target.symbol, [name]) for name in target.configurations}
    state: dict[tuple[str, str], int] = {}
    for op in list(function.body.block.ops):
        if isinstance(op, SetOp):
            state[op.engine, op.configuration.nested_references.data[-1].data] = op.value
        if not isinstance(op, InvokeOp):
            continue
        instance = instances.of(op)
        names = kept.step(op, instance)
        if names:
            op.properties["kept"] = ArrayAttr([StringAttr(name) for name in names])
            instance = replace(instance, kept=names)
        for name, value in _changes(instance, target, state):
            new = SetOp(symbols[name], value, instance.engine)
            new.location = op.location
            Rewriter.insert_op([new], InsertPoint.before(op))


def _held(state: Mapping[tuple[str, str], int], engine: str, configuration: str) -> int:
    """What an engine has in a configuration; zero as long as that is not known."""
    return state.get((engine, configuration), 0)


def _changes(
    instance: Instance, target: TargetOp, state: dict[tuple[str, str], int]
) -> Sequence[tuple[str, int]]:
    """The configurations that must be set before an instance, which they are from then on.

    Those that are required but of which no number matters are set once.
    """
    found: list[tuple[str, int]] = []
    held = partial(_held, state, instance.engine)
    needed = needed_settings(instance, target, held)
    for name in required_settings(instance, target):
        needed.setdefault(name, held(name))
    for name, value in needed.items():
        key = instance.engine, name
        if state.get(key) != value:
            state[key] = value
            found.append((name, value))
    return found
