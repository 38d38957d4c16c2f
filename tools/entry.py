"""Where the commands begin: each imports its tool, which an impatient user may interrupt."""

from __future__ import annotations

from functools import partial
from importlib import import_module

INTERRUPTED = 130
"""The exit status of a command that was interrupted, as shells have it."""


def start(tool: str) -> int:
    """Import a tool of this package and run its `main`; returns the exit status."""
    try:
        return import_module(f".{tool}", __package__).main()
    except KeyboardInterrupt:
        return INTERRUPTED


isa_as = partial(start, "isa_as")
isa_objdump = partial(start, "isa_objdump")
isa_opt = partial(start, "isa_opt")
isa_pack = partial(start, "isa_pack")
isa_prove = partial(start, "prove")
isa_run = partial(start, "isa_run")
isa_tune = partial(start, "isa_tune")
