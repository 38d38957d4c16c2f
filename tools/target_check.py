"""`isa-opt --check-target`: print what a lint of the machine descriptions in a module finds."""

from xdsl.dialects.builtin import FileLineColLoc, ModuleOp

from ..dialects.errors import UserError, location_of
from .diagnostics import Diagnostic


def print_findings(module: ModuleOp) -> int:
    """Print a line per finding; returns how many there are."""
    # Imported here: the mapper is a lot, and rarely wanted.
    from ..dialects.isa import TargetOp
    from ..dialects.isa.form_rules import form_errors
    from ..mapping.check_target import check_target

    targets = [op for op in module.walk() if isinstance(op, TargetOp)]
    if not targets:
        raise UserError("nothing to check: the input contains no isa.target")
    count = 0
    for target in targets:
        for error in form_errors(target):
            count += 1
            print(_at(error.location, error.message, "error", error.hint))
        for finding in check_target(target):
            count += 1
            print(_at(location_of(target), finding, "warning", None))
    return count


def _at(place: FileLineColLoc | None, text: str, severity: str, hint: str | None) -> Diagnostic:
    """A finding about a place."""
    if place is None:
        return Diagnostic(text, severity, hint=hint)
    file, line, column = place.filename.data, place.line.data, place.column.data
    return Diagnostic(text, severity, file, line, column, hint=hint)
