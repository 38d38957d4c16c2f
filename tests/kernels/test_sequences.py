"""Recurrent layers and attention, compiled and run."""

from collections.abc import Callable

import pytest

Check = Callable[..., None]

PLAIN = " : {t0}, {t1}, {t2}, {t3}"
BIASES = " bias {4} recurrent_bias {5} "
LISTED = PLAIN + ", {t4}, {t5}"

CASES = {
    "rnn cell": (
        "kernel.rnn_cell {0}, {1}, {2}, {3}" + BIASES + LISTED,
        "3x5 3x7 7x5 7x7 7 7 -> 3x7",
    ),
    "gru cell": (
        "kernel.gru_cell {0}, {1}, {2}, {3}" + BIASES + LISTED,
        "3x5 3x7 21x5 21x7 21 21 -> 3x7",
    ),
    "gru cell of ONNX": (
        "kernel.gru_cell {0}, {1}, {2}, {3} bias {4} recurrent_bias {5} "
        '{{gates = "zrn", reset_before}}' + LISTED,
        "3x5 3x7 21x5 21x7 21 21 -> 3x7",
    ),
    "lstm cell": (
        'kernel.lstm_cell {0}, {1}, {2}, {3}, {4} {{gates = "iofg"}} : {t0}, {t1}, {t3}, {t4}',
        "3x5 3x7 3x7 28x5 28x7 -> 3x7 3x7",
    ),
    "rnn": (
        'kernel.rnn {0}, {1}, {2}, {3} {{activation = "relu"}}' + PLAIN + " -> tensor<4x2x6x{t}>",
        "4x2x5 2x6 6x5 6x6 -> 4x2x6 2x6",
    ),
    "gru": (
        "kernel.gru {0}, {1}, {2}, {3}" + BIASES + LISTED + " -> tensor<4x2x17x{t}>",
        "4x2x5 2x17 51x5 51x17 51 51 -> 4x2x17 2x17",
    ),
    "gru of one": (
        "kernel.gru {0}, {1}, {2}, {3} {{reset_before}}" + PLAIN + " -> tensor<1x1x4x{t}>",
        "1x1x3 1x4 12x3 12x4 -> 1x1x4 1x4",
    ),
    "lstm": (
        "kernel.lstm {0}, {1}, {2}, {3}, {4} bias {5} : {t0}, {t1}, {t3}, {t4}, {t5}"
        " -> tensor<4x2x6x{t}>",
        "4x2x5 2x6 2x6 24x5 24x6 24 -> 4x2x6 2x6 2x6",
    ),
    "attention": (
        "kernel.attention {0}, {1}, {2} : {t0}, {t1}, {t2} -> {r}",
        "2x3x5x8 2x3x7x8 2x3x7x6 -> 2x3x5x6",
    ),
    "causal attention": (
        "kernel.attention {0}, {1}, {2} {{causal, scale = 0.5}} : {t0}, {t1}, {t2} -> {r}",
        "5x8 18x8 18x20 -> 5x20",
    ),
}


@pytest.mark.parametrize(("types", "target"), [("f32", "avx512"), ("f64", "scalar")])
@pytest.mark.parametrize("case", CASES)
def test_sequence(case: str, types: str, target: str, check_kernel: Check):
    call, shapes = CASES[case]
    check_kernel(call.replace("{t}", types), shapes, types, target, 0.5)
