"""The layout of the repository and the rules for imports between its folders."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "isa_mapper"
FOLDERS = sorted(
    file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests"
)
LEVELS = {
    "dialects": 0,
    "hardware": 0,
    "binary": 1,
    "mapping": 1,
    "simulator": 1,
    "planning": 2,
    "passes": 3,
    "frontends": 4,
    "runtime": 4,
    "targets": 4,
    "search": 5,
    "tools": 6,
}
"""Imports run from higher numbers to lower ones."""


def test_every_folder_has_its_link():
    links = sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_")
    assert links == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_link_is_relative(folder: str):
    link = PACKAGE / folder
    if not link.is_symlink():
        pytest.skip("a checkout without symbolic links")
    assert link.readlink() == Path("../..") / folder


def test_every_folder_is_type_checked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["basedpyright"]["include"]
    assert {f"src/isa_mapper/{folder}" for folder in FOLDERS} <= set(included)


def test_every_folder_has_a_level():
    assert set(FOLDERS) <= set(LEVELS)


@pytest.mark.parametrize(
    "file",
    [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_imports(file: Path):
    parts = file.relative_to(ROOT).parts
    for line, name in imports(file):
        place = f"{file}:{line}"
        if not name.startswith("."):
            root = name.partition(".")[0]
            assert root != "isa_mapper", f"{place}: inside the package imports are relative"
            assert root not in FOLDERS, f"{place}: '{root}' is no package of its own"
            continue
        if (folder := reached_folder(parts, name)) is not None:
            assert LEVELS[folder] <= LEVELS[parts[0]], f"{place}: {parts[0]} is below {folder}"


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the dotted name of every import, relative ones with their dots."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            dots, module = "." * node.level, node.module
            names = [module] if module else [alias.name for alias in node.names]
            yield from ((node.lineno, f"{dots}{name}") for name in names)


def reached_folder(parts: tuple[str, ...], name: str) -> str | None:
    """Return the package folder that a relative import leaves its own folder for."""
    inner = name.lstrip(".")
    if len(name) - len(inner) != len(parts):  # the dots stay within the folder
        return None
    folder = inner.partition(".")[0]
    return folder if folder in LEVELS else None
