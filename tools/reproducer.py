"""Files that repeat a compiler's fault: the failing pass in the first line, then its input."""

import shlex
from dataclasses import dataclass
from io import StringIO

from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.printer import Printer

from ..dialects.errors import UserError

DEFAULT_PATH = "isa-reproducer.mlir"
_PREFIX = "// configuration: "


@dataclass(frozen=True)
class Reproducer:
    """Where to write a reproducer and what it needs besides the failing pass.

    Args:
        path: Given by the user; without it only faults of the compiler are written down.
        flags: The other arguments of the command line that matter to the failing pass.
    """

    path: str | None = None
    flags: tuple[str, ...] = ()

    def write(self, pass_: ModulePass, module: ModuleOp) -> str:
        """Write the file; returns a sentence about it, whether or not that worked."""
        path = self.path or DEFAULT_PATH
        arguments = shlex.join(self.flags) + " " if self.flags else ""
        pipeline = str(pass_).replace("\\", "\\\\").replace('"', '\\"')
        text = StringIO()
        try:
            Printer(stream=text, print_generic_format=True).print_op(module)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(f'{_PREFIX}{arguments}-p "{pipeline}"\n{text.getvalue()}\n')
        except Exception as error:
            return f"no reproducer could be written to '{path}': {error}"
        return f"the failing pass and its input are in '{path}' (isa-opt --run-reproducer {path})"


def read_configuration(path: str) -> list[str]:
    """Return the command line that the first line of a reproducer gives."""
    with open(path, encoding="utf-8") as stream:
        line = stream.readline()
    if not line.startswith(_PREFIX):
        raise UserError(f"'{path}' is no reproducer: its first line is not '{_PREFIX}...'")
    return shlex.split(line.removeprefix(_PREFIX))
