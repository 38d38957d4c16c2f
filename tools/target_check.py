"""`isa-opt --check-target`: print what a lint of the machine descriptions in a module finds."""

from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError, location_of
from .diagnostics import Diagnostic


def print_findings(module: ModuleOp) -> int:
    """Print a line per finding; returns how many there are."""
    # Imported here: the mapper is a lot, and rarely wanted.
    from ..dialects.isa import TargetOp
    from ..mapping.check_target import check_target

    targets = [op for op in module.walk() if isinstance(op, TargetOp)]
    if not targets:
        raise UserError("nothing to check: the input contains no isa.target")
    count = 0
    for target in targets:
        place = location_of(target)
        for finding in check_target(target):
            count += 1
            if place is None:
                print(Diagnostic(finding, "warning"))
            else:
                file, line, column = place.filename.data, place.line.data, place.column.data
                print(Diagnostic(finding, "warning", file, line, column))
    return count
