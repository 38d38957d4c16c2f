"""Enabling transformations: rewrites of statements after which instructions fit, or fit better.

One rule per file; `RULES` names them in the order in which they are tried. A rule is a function
from a program and one of its statements to rewritten programs and refusals with their reasons.
All rules are exact on integers; floats are only reassociated within contractions.
"""

from .axes import change_axes
from .diagonalise import diagonalise
from .distribute import distribute
from .feed import feed
from .identity_matrix import identity_matrix
from .inline import inline
from .merge import merge
from .multiply_out import multiply_out
from .offset_compensation import offset_compensation
from .rewrite import Rule
from .split_axis import split_axis
from .split_digits import split_digits
from .split_reduction import split_reduction
from .start_from import start_from
from .unfold import unfold
from .unroll import unroll
from .widen import widen

RULES: dict[str, Rule] = {
    "distribute": distribute,
    "multiply-out": multiply_out,
    "offset-compensation": offset_compensation,
    "start-from": start_from,
    "inline": inline,
    "split-axis": split_axis,
    "split-reduction": split_reduction,
    "merge": merge,
    "unroll": unroll,
    "unfold": unfold,
    "widen": widen,
    "split-digits": split_digits,
    "diagonalise": diagonalise,
    "feed": feed,
    "identity-matrix": identity_matrix,
    "axes": change_axes,
}
"""The rules by name."""

SEARCHED: dict[str, Rule] = {name: rule for name, rule in RULES.items() if name != "axes"}
"""The rules that the search tries: mappings split, fuse and interchange axes by themselves."""
