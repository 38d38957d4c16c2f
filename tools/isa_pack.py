"""Put an array into the bytes of an argument, or take it out, as the file beside an image says.

    isa-pack image.json a a.npy -o a.bin
    isa-pack image.json c c.bin --unpack -o c.npy
    isa-pack image.json c image.bin --unpack --whole -o c.npy

With --whole the bytes are those of the image: `--unpack` looks where the argument is in it, packing
writes the image with the argument in its place to the output (-i: the image that it begins with).
"""

import sys
from argparse import Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from .diagnostics import ToolArgumentParser, errors_of_file, run_tool
from .output import write_bytes


def read_arguments(argv: Sequence[str]) -> Namespace:
    """Return the options of a command line.

    Raises:
        UserError: An option is wrong.
    """
    parser = ToolArgumentParser(
        prog="isa-pack", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("manifest", help="the .json file beside an image")
    add("name", help="the argument")
    add("file", help="the array as .npy, or with --unpack the bytes")
    add("--unpack", action="store_true", help="from bytes to an array")
    add("--whole", action="store_true", help="the bytes are those of the whole image")
    add("-i", "--image", metavar="FILE", help="the image to put the argument into")
    add("-o", "--output", metavar="FILE", help="where to write (default: standard output)")
    add("--debug", action="store_true", help="print the traceback of an error")
    return parser.parse_args(argv)


def convert(options: Namespace) -> bytes:
    """Return the bytes that the command line asks for.

    Raises:
        UserError: A file is not what it should be.
    """
    # Imported here: --help needs none of it.
    import numpy as np

    from ..binary.entries import find_buffer
    from ..binary.layout import pack, unpack
    from ..dialects.errors import UserError

    with errors_of_file(options.manifest):
        buffer, first, size = find_buffer(Path(options.manifest).read_bytes(), options.name)
    if options.unpack:
        data = Path(options.file).read_bytes()
        with errors_of_file(options.file):
            array = unpack(data[first : first + size] if options.whole else data, buffer)
        stream = BytesIO()
        np.save(stream, array)
        return stream.getvalue()
    with errors_of_file(options.file):
        try:
            array = np.load(options.file, allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise UserError(str(error)) from None
        packed = pack(array, buffer)
    if not options.whole:
        return packed
    if options.image is None:
        raise UserError("which image? -i FILE")
    image = Path(options.image).read_bytes()
    return image[:first] + packed + image[first + size :]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-pack` and return its exit status."""
    given = sys.argv[1:] if argv is None else argv

    def run() -> None:
        options = read_arguments(given)
        write_bytes(options.output, convert(options))

    return run_tool(run, debug="--debug" in given)


if __name__ == "__main__":
    sys.exit(main())
