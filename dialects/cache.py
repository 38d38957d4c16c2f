"""The folder in which results are kept from one process to the next."""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path

from .errors import UserError


def cache_directory() -> Path:
    """Return the folder, made if need be; a temporary one if that fails."""
    configured = os.environ.get("ISA_MAPPER_CACHE")
    if configured:
        path = Path(configured)
    else:
        home = os.environ.get("XDG_CACHE_HOME")
        path = (Path(home) if home else Path.home() / ".cache") / "isa-mapper"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.W_OK):
            return path
    except OSError:
        pass
    if configured:
        raise UserError(f"ISA_MAPPER_CACHE: cannot write to '{configured}'")
    return Path(_temporary_cache().name)


@lru_cache
def _temporary_cache() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes when this process ends."""
    return tempfile.TemporaryDirectory(prefix="isa-mapper-")
