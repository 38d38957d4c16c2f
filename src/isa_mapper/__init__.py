"""ISA Mapper: a compiler that maps tensor kernels onto the instructions of described machines.

The package folders (`dialects/`, `mapping/`, `passes/`, ...) stand at the root of the repository;
this folder holds a relative symbolic link to each, so that they import as `isa_mapper.dialects`.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .runtime.module import compile as compile

__all__ = ["__version__", "compile"]
__version__ = "0.1.0"

_package = Path(__file__).parent
if not (_package / "dialects").is_dir():  # a checkout on a system without symbolic links
    __path__.append(str(_package.parent.parent))  # the folders lie at the root

_LAZY = {"compile": ".runtime.module"}
"""Public names and the module of each, imported on first use: `isa-opt` must start fast."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name], __name__), name)
