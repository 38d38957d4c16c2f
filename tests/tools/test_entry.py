"""Where the commands begin."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from isa_mapper.tools import entry

SCRIPTS: dict[str, str] = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]["scripts"]

INTERRUPTED_IN_IMPORT = """
import signal, sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "xdsl.xdsl_opt_main":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in the background
sys.meta_path.insert(0, Impatient())
from isa_mapper.tools.entry import isa_opt
sys.exit(isa_opt())
"""


@pytest.mark.parametrize("command", SCRIPTS)
def test_every_command_starts_its_tool(command: str, monkeypatch: pytest.MonkeyPatch):
    module, _, name = SCRIPTS[command].partition(":")
    assert module == entry.__name__
    started: list[str] = []

    def imported(tool: str, package: str) -> ModuleType:
        found = import_module(tool, package)
        monkeypatch.setattr(found, "main", lambda: started.append(found.__name__) or 7)
        return found

    monkeypatch.setattr(entry, "import_module", imported)
    assert getattr(entry, name)() == 7
    (tool,) = started
    assert tool.rpartition(".")[2].removeprefix("isa_") == command.removeprefix("isa-")


def test_an_interrupt_during_imports_leaves_no_traceback():
    command = [sys.executable, "-c", INTERRUPTED_IN_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "")
