"""The numbers of the elementary functions in f32; `benchmarks/coefficients.py` prints the fitted."""

LOG2_E = 1.4426950216293335
"""The binary logarithm of e."""

LN2_HIGH, LN2_LOW = 0.693359375, -2.12194440e-4
"""The natural logarithm of 2 in two parts (W. J. Cody and W. Waite, Software Manual for the
Elementary Functions, 1980): the first has so few digits that an exponent times it is exact."""

SHIFT = 12582912.0
"""1.5 * 2^23: a number of some bits plus it is rounded to an integer, in the lowest bits of it."""

EXP = (
    0.4999999403953552,
    0.1666651964187622,
    0.04166840761899948,
    0.008368921466171741,
    0.0013814173871651292,
)
"""e^r = 1 + r + r^2 * (EXP[0] + ...) for |r| up to log(2) / 2, within 0.003 ulp."""

EXP2 = (
    0.6931471824645996,
    0.24022647738456726,
    0.05550331994891167,
    0.009618439711630344,
    0.001339913229458034,
    0.0001535315386718139,
)
"""2^r = 1 + r * (EXP2[0] + ...) for |r| up to 1/2, within 0.002 ulp."""

TANH = (
    -1.9999998807907104,
    1.333323359489441,
    -0.6666752696037292,
    0.2677348256111145,
    -0.08884790539741516,
)
"""1 - e^(-2 h) = 2 h + h^2 * (TANH[0] + ...) for |h| up to log(2) / 4, within 0.02 ulp."""

LOG = (
    0.3333321511745453,
    -0.24999797344207764,
    0.20010405778884888,
    -0.16680487990379333,
    0.14005868136882782,
    -0.12184261530637741,
    0.1398443728685379,
    -0.12891684472560883,
)
"""log(1 + f) = f - f^2 / 2 + f^3 * (LOG[0] + ...) for |f| up to 1/3, within 0.005 ulp."""

ERF_BELOW_1 = (
    1.1283791065216064,
    -0.37612324953079224,
    0.11280179768800735,
    -0.02671131119132042,
    0.004917551297694445,
    -0.0005631422391161323,
)
"""erf(x) = x * (ERF_BELOW_1[0] + ... x^2 + ...) for |x| up to 1, within 0.04 ulp."""

ERFC_EIGHTH_ROOT = (
    1.0003620386123657,
    -0.14288662374019623,
    -0.06562839448451996,
    -0.006953150499612093,
    0.010194987058639526,
    -0.0014797141775488853,
    -4.503253512666561e-05,
    1.606009027455002e-05,
)
"""1 - erf(x) = (ERFC_EIGHTH_ROOT[0] + ...)^8 for x from 1 to 4."""
