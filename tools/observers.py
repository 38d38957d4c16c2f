"""Watch a pipeline run: print, dump or time the IR between its passes."""

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass

IrPrinter = Callable[[ModuleOp], str]
"""Prints a module as the command line asks, e.g. in the generic form."""


class PassObserver:
    """Is told before and after every pass."""

    def before(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Look at the module that `pass_` is about to change."""

    def after(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Look at what `pass_` made; it has been verified."""


@dataclass
class IrAfterPass(PassObserver):
    """Print the IR to stderr after each pass."""

    text_of: IrPrinter
    only_changes: bool = False
    last: ModulePass | None = None
    """A pass after which nothing is printed, since its output follows anyway."""
    _previous: str = ""

    def before(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Remember the text, to see whether it changes."""
        if self.only_changes:
            self._previous = self.text_of(module)

    def after(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Print the text under a header that names the pass."""
        if pass_ is self.last:
            return
        text = self.text_of(module)
        note = " (no change)" if self.only_changes and text == self._previous else ""
        print(f"// -----// IR after {pass_}{note} //----- //", file=sys.stderr)
        if not note:
            print(text, file=sys.stderr)


@dataclass
class IrTree(PassObserver):
    """Write the IR after each pass to a numbered file: `00-input.mlir`, `01-some-pass.mlir`."""

    text_of: IrPrinter
    folder: Path
    _count: int = 0

    def before(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Write the input of the first pass."""
        if self._count == 0:
            self._write("input", "the input", module)

    def after(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Write the output of a pass."""
        self._write(re.sub(r"[^\w-]", "_", pass_.name), f"after {pass_}", module)

    def _write(self, name: str, title: str, module: ModuleOp) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self._count:02}-{name}.mlir"
        path.write_text(f"// {title}\n{self.text_of(module)}\n", encoding="utf-8")
        self._count += 1


@dataclass
class PassTimes(PassObserver):
    """Time each pass, its verification included; `report` prints the table to stderr."""

    seconds: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    _start: float = 0.0

    def before(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def after(self, pass_: ModulePass, module: ModuleOp) -> None:
        """Stop the clock."""
        self.seconds.append((pass_.name, time.perf_counter() - self._start))

    def report(self) -> None:
        """Print one line per pass and the total."""
        total = sum(seconds for _, seconds in self.seconds)
        print("  seconds   share  pass", file=sys.stderr)
        for name, seconds in [*self.seconds, ("total", total)]:
            share = 100 * seconds / total if total else 100.0
            print(f"{seconds:9.4f} {share:6.1f}%  {name}", file=sys.stderr)
