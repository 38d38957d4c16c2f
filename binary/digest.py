"""A digest of a machine's description, so that a program for another one is noticed."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from xdsl.ir import Operation

from ..dialects.errors import UserError
from ..dialects.isa import TargetOp
from ..dialects.isa.include import all_parts
from .program import Program


def digest_of(target: TargetOp) -> str:
    """The SHA-256 of a machine with all that it includes, in hexadecimal."""
    block = target.body.block
    return _digest_of(target, block.first_op, block.last_op)


@lru_cache(maxsize=16)
def _digest_of(target: TargetOp, first: Operation | None, last: Operation | None) -> str:
    """Work the digest out once, as long as the description does not grow."""
    attributes = (f"{name} = {value}" for name, value in sorted(target.attributes.items()))
    parts = map(str, all_parts(target).values())
    return sha256("\n".join([target.symbol, *attributes, *parts]).encode()).hexdigest()


def check_machine(program: Program, target: TargetOp) -> None:
    """Check that a program is for a machine.

    Raises:
        UserError: It is for another one, or for another description of it.
    """
    if program.machine != target.symbol:
        raise UserError(f"the program is for machine '{program.machine}', not '{target.symbol}'")
    if program.digest != digest_of(target):
        raise UserError(
            f"the program is for another description of '{target.symbol}': "
            f"digest {program.digest[:16]}, this one has {digest_of(target)[:16]}",
            hint="compile it again",
        )
