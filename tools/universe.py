"""The dialects, passes and targets of this package, for our tools and for plain `xdsl-opt`.

The tables live with what they name (`dialects/`, `passes/`, `targets/`); nothing is imported until
it is used.
"""

from xdsl.universe import Universe

from .. import dialects, passes, targets
from ..dialects.tables import factories

UNIVERSE = Universe(
    all_dialects=factories(dialects.DIALECTS, dialects.__name__),
    all_passes=factories(passes.PASSES, passes.__name__),
    all_targets=factories(targets.TARGETS, targets.__name__),
)
"""What the entry point `xdsl.universe` in `pyproject.toml` announces."""


def multiverse() -> Universe:
    """Return everything that is installed: xDSL's, ours and other packages' plug-ins."""
    found = Universe.get_multiverse()
    extended = factories(dialects.EXTENDED, dialects.__name__)
    return Universe(  # ours again, for when this package is used without being installed
        all_dialects=found.all_dialects | UNIVERSE.all_dialects | extended,
        all_passes=found.all_passes | UNIVERSE.all_passes,
        all_targets=found.all_targets | UNIVERSE.all_targets,
    )
