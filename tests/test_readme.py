"""The commands and the Python of the README work as they stand."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines() if line]
PROGRAMS = [text for kind, text in BLOCKS if kind == "python"]
TOOLS = {
    name: f"isa_mapper.tools.{name.replace('-', '_')}"
    for name in ("isa-opt", "isa-run", "isa-objdump", "isa-tune")
}


def run(words: list[str], folder: Path = ROOT) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, tmp_path: Path):
    """Where the examples are; what it writes goes elsewhere."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for part in command.split(" && "):
        tool, *words = shlex.split(part)
        script = f"import sys; from {TOOLS[tool]} import main; sys.exit(main())"
        assert run(["-c", script, *words], tmp_path) or {"--check-target", "-o"} & {*words}


def test_python():
    assert PROGRAMS
    for program in PROGRAMS:
        assert run(["-c", program]).startswith("32.0 [#plan.schedule<")


def test_folders():
    """The table names every folder that is there, and no other."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`(\w+)/`", text.partition("## Where things are")[2].partition("##")[0])
    )
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert there - {"src", "build", "dist"} <= named
    assert named <= there | {"isa"}
