"""What this computer is: caches, name, versions of what is compared."""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from isa_mapper.runtime.build import find_compiler

DISTRIBUTIONS = (
    "isa-mapper",
    "xdsl",
    "numpy",
    "torch",
    "onnxruntime",
    "onnx",
    "iree-base-compiler",
    "apache-tvm",
)


@cache
def caches() -> dict[int, int]:
    """Return the bytes of each level of data cache that the first core has; none if hidden."""
    found: dict[int, int] = {}
    for entry in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (
            (entry / name).read_text(encoding="utf-8").strip() for name in ("level", "type", "size")
        )
        if kind != "Instruction":
            found[int(level)] = int(size.removesuffix("K")) << 10
    return found


def last_level_cache() -> int:
    """Return the bytes of the largest cache, 32 MiB where the system does not say."""
    return max(caches().values(), default=32 << 20)


def available_memory() -> int:
    """Return the bytes of memory that are free for use."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def describe() -> dict[str, object]:
    """Return name, caches and versions, for the record."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "caches": {f"L{level}": size for level, size in caches().items()},
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.partition(" ")[0],
        "compiler": find_compiler().version,
        "versions": {name: version for name in DISTRIBUTIONS if (version := _version(name))},
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
