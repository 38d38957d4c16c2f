"""Tables of what is imported when it is first used: `name: "module:Name"`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any


def resolve(entry: str, package: str) -> Any:
    """Import what an entry `"module:Name"` names, the module relative to `package`."""
    module, _, name = entry.partition(":")
    return getattr(import_module(module, package), name)


def factories(entries: Mapping[str, str], package: str) -> dict[str, Callable[[], Any]]:
    """Turn a table into functions without arguments that import what its entries name."""
    return {name: partial(resolve, entry, package) for name, entry in entries.items()}
