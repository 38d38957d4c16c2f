"""Print the code of an accelerator as assembly text, from which isa-as makes the same file.

isa-objdump program.elf
isa-objdump --target npu code.bin
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from .diagnostics import ToolArgumentParser, errors_of_file, run_tool
from .output import open_output

_ELF = b"\x7fELF"


def read_arguments(argv: Sequence[str]) -> Namespace:
    """Return the options of a command line.

    Raises:
        UserError: An option is wrong.
    """
    parser = ToolArgumentParser(
        prog="isa-objdump", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("file", help="an ELF file; with --target also bare code; - for standard input")
    add("--target", metavar="NAME", help="the machine: a shipped one, or the path of a file")
    add("--words", action="store_true", help="also print offsets and words, as comments")
    add("--records", action="store_true", help="also print records of instructions, as comments")
    add("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser.parse_args(argv)


def text_of(options: Namespace, data: bytes) -> str:
    """Return the assembly text of the contents of a file.

    Raises:
        UserError: They are no program.
    """
    # Imported here: --help needs none of it.
    from ..binary import elf
    from ..binary.disassemble import disassemble, disassemble_code
    from ..dialects.errors import UserError
    from ..dialects.machines import load_machine

    target = None if options.target is None else load_machine(options.target)
    with errors_of_file(options.file):
        if not data:
            raise UserError("the file is empty")
        if data[:4] != _ELF:
            if target is None:
                raise UserError("this is no ELF file", hint="bare code needs --target")
            return disassemble_code(data, target, words=options.words)
        program = elf.read(data)
        target = load_machine(program.machine) if target is None else target
        return disassemble(program, target, words=options.words, records=options.records)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-objdump` and return its exit status."""
    given = sys.argv[1:] if argv is None else argv

    def run() -> None:
        options = read_arguments(given)
        from_stdin = options.file == "-"
        data = sys.stdin.buffer.read() if from_stdin else Path(options.file).read_bytes()
        text = text_of(options, data)
        with open_output(options.output) as output:
            output.write(text)

    return run_tool(run, debug="--debug" in given)


if __name__ == "__main__":
    sys.exit(main())
