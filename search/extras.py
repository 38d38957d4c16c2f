"""Packages that are not needed unless they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..dialects.errors import UserError


def extra(package: str, name: str, what: str) -> Any:
    """A package of an extra of this one.

    Args:
        package: What is imported, the package or a module of it.
        name: The extra that it is in.
        what: What needs it, for the message.

    Raises:
        UserError: It is not installed.
    """
    try:
        return import_module(package)
    except ImportError:
        message = f"{what} needs the Python package {package.partition('.')[0]}"
        raise UserError(message, hint=f"pip install 'isa-mapper[{name}]'") from None
