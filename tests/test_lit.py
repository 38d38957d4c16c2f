"""Run every `lit_tests/**/*.mlir` inside this process: a RUN line costs milliseconds, not seconds.

Understood are the commands `isa-opt`, `isa-run`, `isa-objdump`, `isa-as`, `filecheck`, `cat`, each
also after `not`; pipes, `&&`, `2>&1`, `<` and `>`; the substitutions %s, %S, %t and %%; `REQUIRES:
cc`. As with `lit`, which runs the same files with a process per command, every command of a pipe
must succeed.
"""

import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from filecheck.finput import FInput
from filecheck.matcher import Matcher
from filecheck.options import parse_argv_options
from filecheck.parser import Parser as CheckParser

LIT_TESTS = Path(__file__).parents[1] / "lit_tests"
FILES = sorted(file for file in LIT_TESTS.rglob("*.mlir") if "Inputs" not in file.parts)


@dataclass
class Command:
    """One command of a RUN line, with its redirections."""

    words: list[str] = field(default_factory=list[str])
    stdin: str | None = None
    stdout: str | None = None
    merge_stderr: bool = False


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(LIT_TESTS)))
def test_lit(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run_file(file, tmp_path)


def run_file(file: Path, scratch: Path) -> None:
    """Run the RUN lines of a file; fails the test with what the failing command printed."""
    text = file.read_text(encoding="utf-8")
    features: list[str] = re.findall(r"//\s*REQUIRES:\s*(\S+)", text)
    for feature in features:
        if shutil.which(feature) is None:
            pytest.skip(f"needs {feature}")
    lines = list(run_lines(text))
    if not lines:
        pytest.fail(f"{file} has no RUN line", pytrace=False)
    values = {"%s": str(file), "%S": str(file.parent), "%t": str(scratch / "t"), "%%": "%"}
    for line in lines:
        for commands in read_line(re.sub("%[sSt%]", lambda found: values[found[0]], line)):
            run_pipe(line, commands)


def run_lines(text: str) -> Iterator[str]:
    """Yield the RUN lines of a test, those that end in a backslash joined with the next."""
    pending = ""
    for line in re.findall(r"//\s*RUN:\s*(.*)", text):
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        yield pending
        pending = ""


def read_line(line: str) -> list[list[Command]]:
    """Return the pipes of a line, which `&&` separates, and the commands of each."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&<>")
    lexer.whitespace_split = True
    lexer.commenters = ""
    tokens = list(lexer)
    pipes = [[Command()]]
    while tokens:
        token, command = tokens.pop(0), pipes[-1][-1]
        if token == "&&":
            pipes.append([Command()])
        elif token == "|":
            pipes[-1].append(Command())
        elif token == "<":
            command.stdin = tokens.pop(0)
        elif token == ">":
            command.stdout = tokens.pop(0)
        elif token == ">&" and command.words and command.words[-1] == "2" and tokens[:1] == ["1"]:
            command.words.pop()
            tokens.pop(0)
            command.merge_stderr = True
        elif set(token) <= set("|&<>"):
            raise ValueError(f"this harness does not know '{token}' in: {line}")
        else:
            command.words.append(token)
    return pipes


def run_pipe(line: str, commands: Sequence[Command]) -> None:
    """Run the commands of a pipe one after the other."""
    data = ""
    for command in commands:
        if command.stdin is not None:
            data = Path(command.stdin).read_text(encoding="utf-8")
        words = command.words
        wanted_failure = words[0] == "not"
        name, *arguments = words[1:] if wanted_failure else words
        stdout, stderr = StringIO(), StringIO()
        errors = stdout if command.merge_stderr else stderr
        with redirect_stdout(stdout), redirect_stderr(errors):
            status = run_command(name, arguments, data)
        if (status != 0) != wanted_failure:
            shown = shlex.join(words)
            pytest.fail(
                f"RUN: {line}\n{shown}\nexit status {status}\n"
                f"{stderr.getvalue()}{stdout.getvalue()}",
                pytrace=False,
            )
        data = stdout.getvalue()
        if command.stdout is not None:
            Path(command.stdout).write_text(data, encoding="utf-8")


def run_command(name: str, arguments: list[str], stdin: str) -> int:
    """Run one command on the present standard streams; returns its exit status."""
    match name:
        case "isa-opt" | "isa-run" | "isa-objdump" | "isa-as":
            tool = import_module(f"isa_mapper.tools.{name.replace('-', '_')}")
            return run_main(tool.main, arguments, stdin)
        case "filecheck":
            return run_filecheck(arguments, stdin)
        case "cat":
            print("".join(Path(a).read_text(encoding="utf-8") for a in arguments) or stdin, end="")
            return 0
        case _:
            raise ValueError(f"this harness does not know the command '{name}'")


def run_main(main: Callable[[list[str]], int], arguments: list[str], stdin: str) -> int:
    """Run a tool's main function with the text as its standard input."""
    before = sys.stdin
    sys.stdin = TextIOWrapper(BytesIO(stdin.encode()), encoding="utf-8")
    try:
        return main(arguments)
    finally:
        sys.stdin = before


def run_filecheck(arguments: list[str], text: str) -> int:
    """Check a text against the CHECK lines of a file."""
    options = parse_argv_options(["filecheck", *arguments])
    return Matcher(options, FInput("<stdin>", text), CheckParser.from_opts(options)).run()


MODULE = "func.func @f() {\n  func.return\n}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("// RUN: isa-opt %s | filecheck %s\n// CHECK: func.func @g\n" + MODULE, "func.func @g"),
        ("// RUN: isa-opt %s | filecheck %s\n// CHECK-NOT: func.func\n" + MODULE, "CHECK-NOT"),
        ("// RUN: not isa-opt %s\n" + MODULE, "exit status 0"),
        ("// RUN: isa-opt %s -p nonsense\n" + MODULE, "unknown pass 'nonsense'"),
        ("// RUN: isa-opt %s -p nonsense | filecheck %s\n// CHECK-NOT: x\n" + MODULE, "nonsense"),
        ("// RUN: isa-opt %s | filecheck %s --check-prefix=OTHER\n" + MODULE, "exit status"),
        (MODULE, "no RUN line"),
    ],
)
def test_harness_fails(text: str, complaint: str, tmp_path: Path):
    file = tmp_path / "test.mlir"
    file.write_text(text)
    with pytest.raises(pytest.fail.Exception) as failure:
        run_file(file, tmp_path)
    assert complaint in str(failure.value)


@pytest.mark.parametrize(
    "text",
    [
        "// RUN: isa-opt %s \\\n// RUN:   | filecheck %s\n// CHECK: func.func @f\n",
        "// RUN: isa-opt %s -o %t && filecheck %s < %t\n// CHECK: func.func @f\n",
        "// RUN: isa-opt < %s > %t && cat %t | filecheck %s\n// CHECK: func.func @f\n",
        "// RUN: not isa-opt %s -p nonsense 2>&1 | filecheck %s\n// CHECK: nonsense\n",
    ],
)
def test_harness_passes(text: str, tmp_path: Path):
    file = tmp_path / "test.mlir"
    file.write_text(text + MODULE)
    run_file(file, tmp_path)
