"""The error function, in f32."""

from __future__ import annotations

from ..expression import Expr
from .arithmetic import (
    at_most,
    choose,
    less,
    multiply,
    number,
    polynomial,
    size,
    subtract,
    with_sign,
)
from .coefficients import ERF_BELOW_1, ERFC_EIGHTH_ROOT
from .scaling import Scaling


def erf(x: Expr, _: Scaling) -> Expr:
    """The error function with the sign of x: an odd polynomial below 1, above 1 - p(|x|)^8.

    Within 3 ulp; beyond 4 it is 1.
    """
    a = at_most(size(x), 4.0)
    small = multiply(polynomial(ERF_BELOW_1, multiply(a, a)), a)
    root = polynomial(ERFC_EIGHTH_ROOT, a)
    fourth = multiply(multiply(root, root), multiply(root, root))
    large = subtract(number(1.0), multiply(fourth, fourth))
    return with_sign(choose(less(a, number(1.0)), small, large), x)
