"""The `isa` dialect: descriptions of machines, and programs that use their instructions.

A machine is an `isa.target` of memories, units and instructions; an instruction is a statement on
operands in those memories. A mapped program takes windows of buffers (`isa.view`), copies them
(`isa.move`) and executes instructions on them (`isa.invoke`).
"""

from xdsl.ir import Dialect

from .attributes import CostAttr, LevelAttr, MemoryKind
from .include import IncludeOp
from .instruction import InstructionOp, ScalarOp
from .program import InvokeOp, MoveOp, ViewOp
from .resources import MemoryOp, UnitOp
from .target import ImportOp, TargetOp

__all__ = [
    "CostAttr",
    "ImportOp",
    "IncludeOp",
    "InstructionOp",
    "InvokeOp",
    "Isa",
    "LevelAttr",
    "MemoryKind",
    "MemoryOp",
    "MoveOp",
    "ScalarOp",
    "TargetOp",
    "UnitOp",
    "ViewOp",
]

Isa = Dialect(
    "isa",
    [
        *(TargetOp, ImportOp, IncludeOp, MemoryOp, UnitOp, InstructionOp, ScalarOp),
        *(ViewOp, MoveOp, InvokeOp),
    ],
    [LevelAttr, CostAttr],
)
