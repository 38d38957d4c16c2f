"""The dialects, passes and targets of this package, for our tools and for plain `xdsl-opt`.

The tables live with what they name (`dialects/`, `passes/`, `targets/`); nothing is imported until
it is used.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from xdsl.universe import Universe

from .. import dialects, passes, targets


def resolve(entry: str, package: str) -> Any:
    """Import what a table entry `"module:Name"` names, the module relative to `package`."""
    module, _, name = entry.partition(":")
    return getattr(import_module(module, package), name)


def _table(entries: dict[str, str], package: str) -> dict[str, Callable[[], Any]]:
    """Turn a table of names into the zero-argument factories that a `Universe` holds."""

    def factory(entry: str) -> Callable[[], Any]:
        return lambda: resolve(entry, package)

    return {name: factory(entry) for name, entry in entries.items()}


UNIVERSE = Universe(
    all_dialects=_table(dialects.DIALECTS, dialects.__name__),
    all_passes=_table(passes.PASSES, passes.__name__),
    all_targets=_table(targets.TARGETS, targets.__name__),
)
"""What the entry point `xdsl.universe` in `pyproject.toml` announces."""


def multiverse() -> Universe:
    """Return everything that is installed: xDSL's, ours and other packages' plug-ins."""
    found = Universe.get_multiverse()
    extended = _table(dialects.EXTENDED, dialects.__name__)
    return Universe(  # ours again, for when this package is used without being installed
        all_dialects=found.all_dialects | UNIVERSE.all_dialects | extended,
        all_passes=found.all_passes | UNIVERSE.all_passes,
        all_targets=found.all_targets | UNIVERSE.all_targets,
    )
