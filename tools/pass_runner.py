"""Run passes one by one: verify after each, tell the observers, write down a compiler's fault."""

from collections.abc import Sequence

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.passes import ModulePass
from xdsl.utils.exceptions import (
    DiagnosticException,
    ParseError,
    ShrinkException,
    VerifyException,
)

from ..dialects.errors import blamed_operation, location_of
from ..dialects.source import verify_message, verify_module
from .diagnostics import InternalError, describe
from .observers import PassObserver
from .reproducer import Reproducer


def run_passes(
    context: Context,
    module: ModuleOp,
    passes: Sequence[ModulePass],
    observers: Sequence[PassObserver] = (),
    *,
    verify: bool = True,
    reproducer: Reproducer | None = None,
) -> None:
    """Apply the passes to the module.

    Raises:
        InternalError: A pass failed in an unforeseen way or made invalid IR; the reproducer is
            written.
        DiagnosticException, ParseError, OSError: A pass found something wrong in what the user
            gave it; the reproducer is written only if the user named a file for it.
    """
    for pass_ in passes:
        before = module.clone() if reproducer else module
        for observer in reversed(observers):  # the first one sees the pass from the nearest
            observer.before(pass_, module)
        try:
            _apply(context, module, pass_, verify=verify)
        except InternalError as fault:
            fault.hint = reproducer.write(pass_, before) if reproducer else None
            raise
        except Exception:
            if reproducer and reproducer.path:
                reproducer.write(pass_, before)
            raise
        for observer in observers:
            observer.after(pass_, module)


def _apply(context: Context, module: ModuleOp, pass_: ModulePass, *, verify: bool) -> None:
    """Apply and verify one pass, sorting the compiler's faults from the user's."""
    try:
        pass_.apply(context, module)
    except VerifyException as error:
        raise _fault(
            f"pass '{pass_.name}' made invalid IR: {verify_message(error)}", error
        ) from error
    except (DiagnosticException, ParseError, OSError, ShrinkException):
        raise
    except Exception as error:
        raise _fault(f"pass '{pass_.name}' failed with {describe(error)}", error) from error
    if verify:
        try:
            verify_module(module)
        except VerifyException as error:
            message = f"pass '{pass_.name}' made invalid IR: {verify_message(error)}"
            raise _fault(message, error) from error
        except Exception as error:
            message = f"what pass '{pass_.name}' made fails to verify with {describe(error)}"
            raise _fault(message, error) from error


def _fault(message: str, error: Exception) -> InternalError:
    """Return the internal error with the place that the underlying one is about."""
    op = blamed_operation(error)
    return InternalError(message, None if op is None else location_of(op))
