"""Plans that crash, hang or are wrong are found out; those that are right are timed and checked."""

import ctypes
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from time import thread_time

import numpy as np
import pytest

from isa_mapper.planning.space.walk import Point
from isa_mapper.runtime.build import library
from isa_mapper.runtime.repeat import repeater
from isa_mapper.runtime.timing import rounds_of
from isa_mapper.search.cost import measured
from isa_mapper.search.cost.child import _at_once
from isa_mapper.search.cost.frame import Argument, Call, Frame, Program
from isa_mapper.search.cost.measured import Measured
from isa_mapper.search.cost.model import Status
from isa_mapper.search.workload import Proposal, Workload, prepared

from .conftest import product

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")

COUNT = 100
POINTER, SCALAR = ctypes.c_void_p, ctypes.c_float
RIGHT = "for (int i = 0; i < 100; i++) y[i] = s * x[i];"
HEAD = "void f(float *x, float s, float *y) {"


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    """A call of `y = s * x`."""
    x = np.arange(COUNT, dtype=np.float32) - 50
    x[3:6] = np.nan, np.inf, -0.0
    s = np.array([3.0], np.float32)
    expected = x.astype(np.float64) * 3
    arguments = [
        Argument("x", x, (COUNT,), (1,), is_scalar=False, is_result=False),
        Argument("s", s, (), (), is_scalar=True, is_result=False),
        Argument("y", np.zeros(COUNT, np.float32), (COUNT,), (1,), is_scalar=False, is_result=True),
    ]
    file = tmp_path / "frame"
    file.write_bytes(pickle.dumps(Frame(arguments, [(expected, np.zeros(COUNT))])))
    return file


def program(body: str) -> Program:
    file = library(f"{HEAD} {body} }}", ("-O0",))
    return Program(str(file), 0, (), [("f", (0, 1, 2))], str(repeater([POINTER, SCALAR, POINTER])))


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("y[3] = *(volatile float *)8;", Status.CRASHED, "SIGSEGV"),
        ("__builtin_trap();", Status.CRASHED, "SIGILL"),
        ("for (volatile int i = 0; ; i++) { }", Status.TIMEOUT, "more than 1.5 s"),
        (
            "for (int i = 0; i < 99; i++) y[i] = s * x[i];",
            Status.WRONG,
            "y: 1 of 100 elements wrong",
        ),
        (f"{RIGHT} y[3] = 0;", Status.WRONG, "expected nan"),
        (f"{RIGHT} y[100] = 1;", Status.WRONG, "writes outside of 'y'"),
        (f"{RIGHT} y[-1] = 1;", Status.WRONG, "writes outside of 'y'"),
        (f"{RIGHT} x[7] = 1;", Status.WRONG, "changes the input 'x'"),
        ("exit(3);", Status.CRASHED, "exit status 3"),
    ],
    ids=["null", "trap", "hang", "unwritten", "nan", "behind", "before", "input", "exit"],
)
def test_what_is_not_right(frame: Path, body: str, status: Status, reason: str) -> None:
    model = Measured(limit=1.5, rounds=3)
    cost = model.run(frame, program(f"void exit(int); {body}"), program(RIGHT))
    assert cost.status == status
    assert reason in cost.reason
    assert cost.rank == float("inf")


def test_the_ratio_is_to_the_default_plan(frame: Path) -> None:
    model = Measured(rounds=5)
    slow = program(f"for (volatile int j = 0; j < 4000; j++) {{ }} {RIGHT}")
    cost = model.run(frame, slow, program(RIGHT))
    assert cost.status == Status.OK
    assert cost.ratio is not None
    assert cost.ratio > 3
    assert model.run(frame, program(RIGHT), program(RIGHT)).ratio == 1.0


def test_calls_in_a_row_are_made_from_c(frame: Path) -> None:
    """As many as asked for, with the scalar by value; what the first did wrong is checked before."""
    with frame.open("rb") as stream:
        call = Call(pickle.load(stream), program("y[0] += s; y[1] = x[1];"))
    call.repeated(7)()
    call()
    mistake = call.mistake()
    assert mistake is not None
    assert "such as [0] = 24.0, expected -150.0" in mistake


def test_short_calls_are_not_drowned_by_python(frame: Path) -> None:
    with frame.open("rb") as stream:
        call = Call(pickle.load(stream), program(RIGHT))
    from_c, from_python = rounds_of([call.repeated(1000), call], 9)
    assert min(from_c) / 1000 < min(from_python)
    assert _at_once(call, thread_time) >= 64
    slow = program(f"for (volatile int j = 0; j < 4000000; j++) {{ }} {RIGHT}")
    with frame.open("rb") as stream:
        assert _at_once(Call(pickle.load(stream), slow), thread_time) == 1


def test_buffers_are_filled_once(frame: Path) -> None:
    source = (
        "void fill(float *p) { for (int i = 0; i < 100; i++) p[i] += 1; }"
        "void run(float *x, float s, float *y, float *p) {"
        " for (int i = 0; i < 100; i++) y[i] = s * x[i] * p[i]; }"
    )
    calls: list[tuple[str, tuple[int, ...]]] = [("fill", (3,)), ("run", (0, 1, 2, 3))]
    loop = str(repeater([POINTER, SCALAR, POINTER, POINTER]))
    packed = Program(str(library(source)), 0, (400,), calls, loop)
    assert Measured(rounds=3).run(frame, packed, program(RIGHT)).status == Status.OK


@pytest.mark.parametrize(
    "make",
    [lambda: product(9, 33, 20, "scalar", "f32"), lambda: product(5, 7, 9, "scalar", "i8,i8,i32")],
    ids=["f32", "i8"],
)
def test_plans_of_a_kernel(make: Callable[[], Workload]) -> None:
    workload = make()
    (tunable,) = prepared(workload).statements.values()
    for point in tunable.space.points():
        cost = Measured(rounds=3).estimate(Proposal(workload, 0, point))
        assert cost.status == Status.OK, cost.reason
        assert cost.ratio is not None
        assert (cost.ratio == 1.0) == (point == tunable.space.default)


@pytest.mark.parametrize(
    ("body", "status"),
    [("__builtin_trap();", Status.CRASHED), ("", Status.WRONG), ("%", Status.REFUSED)],
)
def test_a_default_plan_that_fails_is_not_held_against_others(
    monkeypatch: pytest.MonkeyPatch, body: str, status: Status
) -> None:
    """The others have times, and no ratio."""
    workload = product(9, 33, 22, "scalar", "f32")
    (tunable,) = prepared(workload).statements.values()
    space, build = tunable.space, measured.library

    def broken(source: str, flags: tuple[str, ...], limit: float | None) -> Path:
        if source == default:
            head, _, _ = source.partition("{\n  for")
            source = f"{head}{{ {body} }}"
        return build(source, flags, limit)

    default = prepared(workload).kernel(Proposal(workload, 0, space.default)).c.source
    monkeypatch.setattr(measured, "library", broken)
    model = Measured(rounds=3, seed=len(body))
    assert model.estimate(Proposal(workload, 0, space.default)).status == status
    others = [point for point in space.points() if point != space.default]
    for point in others:
        cost = model.estimate(Proposal(workload, 0, point))
        assert cost.status == Status.OK
        assert cost.ratio is None
        assert 0 < cost.value < 1


def test_a_compiler_that_takes_too_long_is_a_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISA_MAPPER_CACHE", str(tmp_path))
    workload = product(9, 33, 23, "scalar", "f32")
    space = prepared(workload).statements[0].space
    for point in list(space.points())[:2]:
        cost = Measured(limit=1e-3).estimate(Proposal(workload, 0, point))
        assert cost.status == Status.TIMEOUT
        assert "takes longer than 0.001 s" in cost.reason


def test_what_a_pass_refuses_is_a_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = product(9, 33, 20, "scalar", "f32")
    (tunable,) = prepared(workload).statements.values()
    point = Point.of({**tunable.space.default, "innermost": "q"})
    cost = Measured().estimate(Proposal(workload, 0, point))
    assert cost.status in (Status.REFUSED, Status.FAILED)
    assert cost.reason
    monkeypatch.setenv("CC", "false")
    other = product(9, 33, 21, "scalar", "f32")
    point = prepared(other).statements[0].space.default
    with pytest.raises(Exception, match="does not run"):
        Measured().estimate(Proposal(other, 0, point))
