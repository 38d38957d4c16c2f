"""What `isa-opt` can tell about itself: its passes, its machines, its version."""

import argparse
import os
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from .. import __version__
from ..passes import PASSES
from .universe import UNIVERSE


def print_passes(available: Mapping[str, object]) -> None:
    """Print this project's passes in pipeline order, each with its description."""
    _print_table({name: _pass_description(name) for name in PASSES})
    others = len(available.keys() - PASSES.keys())
    print(f"and {others} passes of xDSL, which isa-opt --help names")


def print_machines() -> None:
    """Print the machines that come with the package."""
    from ..dialects.machines import list_machines  # imports every dialect

    _print_table(dict(list_machines()))


def _pass_description(name: str) -> str:
    """Return the first line of a pass's docstring."""
    try:
        doc = UNIVERSE.all_passes[name]().__doc__
    except Exception as error:  # one broken pass must not hide the others
        return f"(cannot be loaded: {error})"
    return (doc or "").strip().partition("\n")[0]


def _print_table(descriptions: Mapping[str, str]) -> None:
    """Print names and descriptions in two columns."""
    width = max(map(len, descriptions), default=0)
    for name, description in descriptions.items():
        print(f"{name:{width}}  {description}".rstrip())


class VersionAction(argparse.Action):
    """`--version`: print the versions of everything that decides what comes out."""

    def __init__(self, option_strings: Sequence[str], dest: str, **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **kwargs)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Print and leave."""
        print(f"isa-mapper {__version__}")
        print(f"xDSL {version('xdsl')}")
        print(f"Python {platform.python_version()}")
        print(f"C compiler: {_c_compiler()}")
        parser.exit()


def _c_compiler() -> str:
    """Return the first line that the C compiler (`$CC`, else `cc`) says of its version."""
    command = shlex.split(os.environ.get("CC", "cc"))
    try:
        said = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, check=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return "none"
    return said.partition("\n")[0]
