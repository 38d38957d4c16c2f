"""The `isa` dialect: descriptions of machines, and programs that use their instructions.

A machine is an `isa.target` of memories, units and instructions; an instruction is a statement on
operands in those memories. A mapped program takes windows of buffers (`isa.view`), copies them
(`isa.move`) and executes instructions on them (`isa.invoke`).
"""

from xdsl.ir import Dialect

from .attributes import LevelAttr, MemoryKind
from .cost import CostAttr, Cycles, ExtentsAttr
from .encoding import Encoding, EncodingAttr, Field, FieldsAttr, Setting, Word
from .include import IncludeOp
from .instruction import InstructionOp
from .issue import IssueOp, SetOp
from .number import NumberAttr
from .program import InvokeOp, MoveOp, PrefetchOp, ViewOp
from .resources import MemoryOp, UnitOp
from .scalar import ScalarOp
from .statement import memory_name
from .synchronisation import SemaphoresOp, TokensOp
from .target import ImportOp, TargetOp
from .words import ConfigurationOp, ControlKind, ControlOp, FormatOp, LoopsOp

__all__ = [
    "ConfigurationOp",
    "ControlKind",
    "ControlOp",
    "CostAttr",
    "Cycles",
    "Encoding",
    "EncodingAttr",
    "ExtentsAttr",
    "Field",
    "FieldsAttr",
    "FormatOp",
    "ImportOp",
    "IncludeOp",
    "InstructionOp",
    "InvokeOp",
    "Isa",
    "IssueOp",
    "LevelAttr",
    "LoopsOp",
    "MemoryKind",
    "MemoryOp",
    "MoveOp",
    "NumberAttr",
    "PrefetchOp",
    "ScalarOp",
    "SemaphoresOp",
    "SetOp",
    "Setting",
    "TargetOp",
    "TokensOp",
    "UnitOp",
    "ViewOp",
    "Word",
    "memory_name",
]

Isa = Dialect(
    "isa",
    [
        *(TargetOp, ImportOp, IncludeOp, MemoryOp, UnitOp, InstructionOp, ScalarOp),
        *(FormatOp, ConfigurationOp, LoopsOp, ControlOp, TokensOp, SemaphoresOp),
        *(ViewOp, MoveOp, PrefetchOp, InvokeOp, SetOp, IssueOp),
    ],
    [LevelAttr, CostAttr, NumberAttr, ExtentsAttr, FieldsAttr, EncodingAttr],
)
