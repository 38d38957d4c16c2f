"""Make a program for an accelerator from assembly text, such as isa-objdump prints.

    isa-objdump program.elf | isa-as -o program.elf
    isa-as kernel.s --target npu --format code -o code.bin

Formats: elf; code, the bare words; image, the memory of arguments from address 0 with all addresses
filled in, beside which FILE.json says where everything is.
"""

import json
import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from .diagnostics import ToolArgumentParser, run_tool
from .output import open_output, write_bytes


def read_arguments(argv: Sequence[str]) -> Namespace:
    """Return the options of a command line.

    Raises:
        UserError: An option is wrong.
    """
    parser = ToolArgumentParser(
        prog="isa-as", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("file", nargs="?", default="-", help="assembly text (default: standard input)")
    add("--target", metavar="NAME", help="the machine, if the text has no .machine or for its file")
    add("--format", choices=("elf", "code", "image"), default="elf", help="default: elf")
    add("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser.parse_args(argv)


def write_program(options: Namespace, text: str, file: str) -> None:
    """Assemble a text and write the program in the format that the options say.

    Raises:
        UserError: The text is wrong.
    """
    # Imported here: --help needs none of it.
    from ..binary import elf
    from ..binary.assemble import assemble
    from ..binary.image import link, manifest
    from ..dialects.errors import UserError
    from ..dialects.machines import load_machine

    target = None if options.target is None else load_machine(options.target)
    program = assemble(text, target, file)
    if options.format == "elf":
        write_bytes(options.output, elf.write(program))
    elif options.format == "code":
        write_bytes(options.output, program.code)
    else:
        if options.output in (None, "-"):
            raise UserError("an image needs a file and a second one beside it: -o FILE")
        image = link(program)
        write_bytes(options.output, bytes(image.memory))
        with open_output(f"{options.output}.json") as output:
            output.write(json.dumps(manifest(program, image), indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-as` and return its exit status."""
    given = sys.argv[1:] if argv is None else argv
    sources: dict[str, str] = {}

    def run() -> None:
        from ..dialects.source import decode_text

        options = read_arguments(given)
        from_stdin = options.file == "-"
        file = "<stdin>" if from_stdin else options.file
        data = sys.stdin.buffer.read() if from_stdin else Path(options.file).read_bytes()
        sources[file] = decode_text(data, file)
        write_program(options, sources[file], file)

    return run_tool(run, debug="--debug" in given, sources=sources)


if __name__ == "__main__":
    sys.exit(main())
