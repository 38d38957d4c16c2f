"""`-t asm`: a program for a machine with engines, as text that can be assembled again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ..binary.disassemble import disassemble
from ..dialects.machines import find_target
from .engine_program import program_of


@dataclass(frozen=True)
class AssemblyTarget(Target):
    """The instructions of a program, one a line; `entry` names the function."""

    name = "asm"

    entry: str | None = None

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Write the program as assembly text."""
        program = program_of(module, self.entry)
        output.write(disassemble(program, find_target(program.machine, module)))
