"""`-t bin`: a program for a machine with engines, as bytes.

Takes a module at the machine level whose code is straight-line, with addresses, configurations and
synchronisation. Gives the container (ELF), or the initial contents of the memory of arguments.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO, Literal

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.utils.target import Target

from ..binary import elf
from ..binary.image import link, manifest
from .engine_program import program_of


@dataclass(frozen=True)
class BinaryTarget(Target):
    """The words of a program with its buffers, as an ELF file.

    `format=image` gives the memory of arguments as it is when the program starts, `format=manifest`
    says as JSON what lies where in that. `entry` names the function; with `hex`, the bytes are
    written as text, 16 in a line.
    """

    name = "bin"

    format: Literal["elf", "image", "manifest"] = "elf"
    entry: str | None = None
    hex: bool = False

    @property
    def encoding(self) -> str | None:
        """How the characters that `emit` writes become bytes; None where they are text."""
        return None if self.hex or self.format == "manifest" else "latin-1"

    def emit(self, ctx: Context, module: ModuleOp, output: IO[str]) -> None:
        """Write the program; characters stand for bytes, or are text."""
        program = program_of(module, self.entry)
        if self.format == "manifest":
            output.write(json.dumps(manifest(program, link(program)), indent=2) + "\n")
            return
        data = elf.write(program) if self.format == "elf" else bytes(link(program).memory)
        if self.hex:
            lines = (data[at : at + 16].hex(" ") for at in range(0, len(data), 16))
            output.write("".join(f"{line}\n" for line in lines))
        else:
            output.write(data.decode("latin-1"))
