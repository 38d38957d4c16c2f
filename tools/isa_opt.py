"""`isa-opt`: read MLIR, run passes over it, print it or a target's output.

xDSL's optimiser driver with this project's passes, errors that say where, and more ways to look at
what happens between the passes.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from itertools import accumulate
from pathlib import Path

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.printer import Printer
from xdsl.targets.mlir import MLIRTarget
from xdsl.utils.diagnostic import Diagnostic as XdslDiagnostic
from xdsl.utils.exceptions import DiagnosticException, ParseError, ShrinkException
from xdsl.utils.target import Target
from xdsl.xdsl_opt_main import xDSLOptMain

from ..dialects.source import decode_text, read_module
from .diagnostics import ToolArgumentParser, diagnose, run_tool
from .listing import VersionAction, print_machines, print_passes
from .observers import IrAfterPass, IrTree, PassObserver, PassTimes
from .output import open_output, write_bytes
from .pass_runner import run_passes
from .pipeline import check_known, configure, explaining, read_pipeline, read_spec
from .reproducer import DEFAULT_PATH, Reproducer, read_configuration
from .target_check import print_findings
from .universe import multiverse

_SEPARATOR = "// -----"


class IsaOptMain(xDSLOptMain):
    """The driver.

    Args:
        args: The command line without the program's name.
        sources: Filled with the texts that are read, for messages.
    """

    def __init__(self, args: Sequence[str], sources: dict[str, str]) -> None:
        # xDSL's own __init__ would exit with its own messages, and import every pass it is given.
        universe = multiverse()
        self.sources = sources
        self.ctx = Context()
        self.available_frontends = {}
        self.available_passes = universe.all_passes
        self.available_targets = {}
        self.targets = universe.all_targets
        for name, dialect in universe.all_dialects.items():
            self.ctx.register_dialect(name, dialect)
        self.register_all_frontends()
        self.args = self._read_arguments(args)
        self.ctx.allow_unregistered = self.args.allow_unregistered_dialect

    def _read_arguments(self, args: Sequence[str]) -> argparse.Namespace:
        """Read the command line; that of a reproducer comes from its first line."""
        self.available_targets.update(self.targets)
        description = (__doc__ or "").partition("\n")[0]
        parser = ToolArgumentParser(  # "resolve": --version is ours
            prog="isa-opt", description=description, conflict_handler="resolve"
        )
        self.register_all_arguments(parser)
        read = parser.parse_args(args)
        if read.run_reproducer is not None:
            parser.parse_args([*read_configuration(read.run_reproducer), read.run_reproducer], read)
        return read

    def register_all_arguments(self, arg_parser: argparse.ArgumentParser) -> None:
        """Add our arguments to xDSL's."""
        super().register_all_arguments(arg_parser)
        arg_parser.add_argument(
            "-v", "--version", action=VersionAction, help="Print the versions and exit"
        )
        for flag, text in _FLAGS.items():
            arg_parser.add_argument(flag, action="store_true", help=text)
        for option, (metavar, text) in _OPTIONS.items():
            arg_parser.add_argument(option, metavar=metavar, help=text)

    def run(self) -> None:
        """Do what the command line says."""
        if self.args.list_passes:
            return print_passes(self.available_passes)
        if self.args.list_machines:
            return print_machines()
        XdslDiagnostic.colored = self.args.syntax_highlight
        passes = read_pipeline(self.args.passes, self.available_passes)
        if self.args.explain:
            passes = explaining(passes)
        target = self._read_target()
        encoding: str | None = getattr(target, "encoding", None)
        if encoding is not None:  # its characters stand for bytes
            (text, line_offset), *_ = self._read_chunks()
            data = self._process(text, line_offset, passes, target, 0).encode(encoding)
            return write_bytes(self.args.output_file, data)
        with open_output(self.args.output_file) as output:
            for number, (text, line_offset) in enumerate(self._read_chunks()):
                if number > 0:
                    output.write(_SEPARATOR + "\n")
                output.write(self._process(text, line_offset, passes, target, number))
        return None

    def _read_target(self) -> Target:
        """Return the output format with its options."""
        spec = read_spec(self.args.target)
        check_known("target", spec.name, self.targets)
        target = configure("target", self.targets[spec.name](), spec)
        if isinstance(target, MLIRTarget):
            target = replace(
                target,
                print_generic_format=self.args.print_op_generic,
                print_properties_as_attributes=self.args.print_no_properties,
                print_debuginfo=self.args.print_debuginfo,
                syntax_highlight=self.args.syntax_highlight,
            )
        return target

    def _read_chunks(self) -> list[tuple[str, int]]:
        """Return the input, in pieces if asked, each with the number of lines above it."""
        if self.args.input_file in (None, "-"):
            self.args.input_file, data = "<stdin>", sys.stdin.buffer.read()
        else:
            data = Path(self.args.input_file).read_bytes()
        text = decode_text(data, self.args.input_file)
        self.sources[self.args.input_file] = text
        chunks = text.split(_SEPARATOR) if self.args.split_input_file else [text]
        heights = [chunk.count("\n") for chunk in chunks[:-1]]
        return list(zip(chunks, accumulate([0, *heights]), strict=True))

    def _process(
        self,
        text: str,
        line_offset: int,
        passes: Sequence[ModulePass],
        target: Target,
        number: int,
    ) -> str:
        """Return the output for one piece of the input, or the error that it was to show."""
        try:
            module = read_module(
                self.ctx,
                text,
                self.args.input_file,
                line_offset=line_offset,
                implicit_module=not self.args.no_implicit_module,
                verify=not self.args.disable_verify,
            )
            self._run_passes(module, passes, number)
            if self.args.check_target:
                if print_findings(module):
                    raise SystemExit(1)
                return ""
            return self._emit(module, target)
        except ShrinkException as found:
            if not self.args.shrink:
                raise
            print("Success, can shrink")
            raise SystemExit(0) from found
        except (ParseError, DiagnosticException) as error:
            wanted = self.args.verify_diagnostics or self.args.parsing_diagnostics
            if not wanted:
                raise
            return f"{diagnose(error, self.sources)}\n"

    def _run_passes(self, module: ModuleOp, passes: Sequence[ModulePass], number: int) -> None:
        """Run the passes under the observers that the command line asks for."""
        times = PassTimes()
        observers: list[PassObserver] = [times]
        if self.args.print_ir_after_all or self.args.print_ir_after_change:
            observers.append(IrAfterPass(self._text_of, self.args.print_ir_after_change))
        elif self.args.print_between_passes and passes:
            observers.append(IrAfterPass(self._text_of, last=passes[-1]))
        if self.args.print_ir_tree_dir is not None:
            folder = Path(self.args.print_ir_tree_dir)
            folder = folder / str(number) if self.args.split_input_file else folder
            observers.append(IrTree(self._text_of, folder))
        try:
            run_passes(
                self.ctx,
                module,
                passes,
                observers,
                verify=not self.args.disable_verify,
                reproducer=self._reproducer(),
            )
        finally:
            if self.args.time_passes:
                times.report()

    def _reproducer(self) -> Reproducer | None:
        """Return where to write down a fault; not again while a reproducer is being run."""
        if self.args.run_reproducer is not None and self.args.reproducer is None:
            return None
        allow = ("--allow-unregistered-dialect",) if self.ctx.allow_unregistered else ()
        return Reproducer(self.args.reproducer, allow)

    def _text_of(self, module: ModuleOp) -> str:
        """Return the IR as the printing flags ask."""
        stream = StringIO()
        Printer(
            stream=stream,
            print_generic_format=self.args.print_op_generic,
            print_properties_as_attributes=self.args.print_no_properties,
            print_debuginfo=self.args.print_debuginfo,
        ).print_op(module)
        return stream.getvalue()

    def _emit(self, module: ModuleOp, target: Target) -> str:
        """Return the module in the output format."""
        stream = StringIO()
        target.emit(self.ctx, module, stream)
        return stream.getvalue()


_FLAGS = {
    "--print-ir-after-all": "Print the IR to stderr after each pass",
    "--print-ir-after-change": "Print the IR to stderr after each pass that changes it",
    "--explain": "Say on stderr why each instruction fits a statement or does not",
    "--list-passes": "Print this project's passes in pipeline order and exit",
    "--list-machines": "Print the machines that come with the package and exit",
    "--check-target": "Lint the machine description in the input; exit with 1 if it finds anything",
    "--debug": "Print the traceback of an error",
}
_OPTIONS = {
    "--print-ir-tree-dir": ("DIR", "Write the IR after each pass to a numbered file in DIR"),
    "--reproducer": (
        "FILE",
        "Write a failing pass and its input to FILE; without this option a fault of the compiler "
        f"is written to {DEFAULT_PATH}",
    ),
    "--run-reproducer": ("FILE", "Run the pass that FILE, a reproducer, names in its first line"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `isa-opt` and return its exit status."""
    args = sys.argv[1:] if argv is None else argv
    sources: dict[str, str] = {}
    return run_tool(
        lambda: IsaOptMain(args, sources).run(), debug="--debug" in args, sources=sources
    )


if __name__ == "__main__":
    sys.exit(main())
