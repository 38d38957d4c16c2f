"""What this computer is: caches, name, versions of what is compared."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from isa_mapper.runtime.build import find_compiler

_DISTRIBUTIONS = ("isa-mapper", "xdsl", "numpy", "torch", "onnxruntime", "onnx", "iree-base-compiler")


@cache
def last_level_cache() -> int:
    """Return the bytes of the largest cache, 32 MiB where the system does not say."""
    sizes = [_sysconf(f"SC_LEVEL{level}_{kind}") for level, kind in _CACHES]
    return max(sizes) or 32 << 20


_CACHES = ((1, "DCACHE_SIZE"), (2, "CACHE_SIZE"), (3, "CACHE_SIZE"))


def _sysconf(name: str) -> int:
    """Return a number that the system knows, 0 if it does not."""
    try:
        return max(0, os.sysconf(name))
    except (ValueError, OSError):
        return 0


def available_memory() -> int:
    """Return the bytes of memory that are free for use."""
    return _sysconf("SC_AVPHYS_PAGES") * _sysconf("SC_PAGE_SIZE")


def describe() -> dict[str, object]:
    """Return name, caches and versions, for the record."""
    caches = {f"L{level}": _sysconf(f"SC_LEVEL{level}_{kind}") for level, kind in _CACHES}
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "caches": caches,
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.partition(" ")[0],
        "compiler": find_compiler().version,
        "versions": {name: version for name in _DISTRIBUTIONS if (version := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """Return the processor's name, family and model, as the system says them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    said = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return f"{said.get('model name', 'unknown')} (family {said.get('cpu family', '?')}, model {said.get('model', '?')})"
