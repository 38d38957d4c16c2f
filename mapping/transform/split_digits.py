"""Split a wide integer factor into digits.

    C[m,n] += t[m,k] * ext(B[k,n])        t of i32, B of i8

With t = d0 + 2^16 d1, digits of i16 that have a sign,

    d0 = trunc(t);  d1 = trunc((t - ext(d0)) >> 16)
    H[m,n] += ext(d1[m,k]) * ext(B[k,n])
    C = C + 2^16 H;  C[m,n] += ext(d0[m,k]) * ext(B[k,n])

so that instructions for narrow numbers do the products. Digits may also have no sign: d1 = trunc(t >>
16), widened by zeros. A sum that was calculated from bytes needs fewer digits than its type has: its
range says how many. Integers wrap around in the type of the output, a ring, so the result is the
same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from xdsl.dialects.builtin import IntegerType
from xdsl.ir import Attribute

from ..expression import Apply, Constant, Expr, Operand, operands_in, with_operands
from ..normalize import normal_body
from ..statement import ASSIGN, Access, Axis, Statement
from .program import Compute, Program, projection
from .ranges import Range, range_of
from .rewrite import Hints, Outcome, Refusal, Rewrite

MOST = 4
"""The most digits: with more, the products cost more than they gain."""


def split_digits(program: Program, at: int, hints: Hints) -> Iterator[Outcome]:
    """Split every factor that is as wide as the sum, by every narrower type of an instruction."""
    step = program.steps[at]
    assert isinstance(step, Compute)
    why = _obstacle(step.statement)
    if why is not None:
        yield Refusal(why)
        return
    found = False
    for index in _wide(step.statement):
        have = step.statement.inputs[index]
        whole = range_of(program, have.name, have.element)
        for digit in _narrow(hints, have.element):
            for signed in (True, False):
                count = _count(whole, have.element, digit, signed)
                split = _Split(program, step, index, digit, signed, count)
                if split.count <= MOST:
                    found = True
                    yield split.rewrite(at)
    if not found:
        yield Refusal("no factor is as wide as the sum, with digits that an instruction takes")


def _obstacle(statement: Statement) -> str | None:
    """Why a statement is no sum of integer products that can be split."""
    if statement.combine != "arith.addi" or statement.guarded:
        return "it is no plain sum of integers"
    body = normal_body(statement.body)
    if not isinstance(body, Apply) or body.op != "arith.muli":
        return "it is no sum of products"
    if statement.output.own_axes is None:
        return f"{statement.output.name} is not written element by element"
    return None


def _wide(statement: Statement) -> list[int]:
    """The inputs that are a factor of the product as they are, once; some other factor is narrow."""
    body = normal_body(statement.body)
    assert isinstance(body, Apply)
    reads = list(operands_in(body))
    plain = [arg.index for arg in body.args if isinstance(arg, Operand)]
    if len(plain) == len(body.args):
        return []
    return [index for index in plain if reads.count(index) == 1]


def _narrow(hints: Hints, wide: Attribute) -> list[IntegerType]:
    """The integer types of instructions' operands that are narrower, the widest first."""
    assert isinstance(wide, IntegerType)
    types = [type_ for type_ in hints.elements if isinstance(type_, IntegerType)]
    narrow = [type_ for type_ in types if 1 < type_.bitwidth < wide.bitwidth]
    return sorted(dict.fromkeys(narrow), key=lambda type_: -type_.bitwidth)


def _count(range_: Range, wide: Attribute, digit: IntegerType, signed: bool) -> int:
    """How many digits the numbers of a range have; at most so many that all wrap around."""
    assert isinstance(wide, IntegerType)
    low, high = range_
    base, most = 1 << digit.bitwidth, -(-wide.bitwidth // digit.bitwidth)
    least = -(base >> 1) if signed else 0
    count = 1
    while count < most and not (least <= low and high < least + base):
        low, high = (low - least) // base, (high - least) // base
        count += 1
    return count


@dataclass(frozen=True)
class _Split:
    """One factor of a statement, and its digits."""

    program: Program
    step: Compute
    index: int
    digit: IntegerType
    signed: bool
    count: int

    @property
    def statement(self) -> Statement:
        """The statement."""
        return self.step.statement

    @property
    def factor(self) -> Access:
        """The factor."""
        return self.statement.inputs[self.index]

    def rewrite(self, at: int) -> Rewrite:
        """The program with the digits, and a product for each of them."""
        steps: list[Compute] = []
        start: Constant | str | None = Constant(0, self.statement.output.element)
        if self.count == 1:
            start = self.step.start
        for place in reversed(range(self.count)):
            digit = replace(self.factor, name=self._fresh(f"digit{place}"), element=self.digit)
            steps.append(self._digit(place, digit.name))
            output = replace(self.statement.output, name=self._fresh(f"high{place}"))
            if place == 0:
                output = self.statement.output
            steps.append(Compute(self._product(digit, output), start))
            if place:
                steps.append(self._moved(output, place == 1))
                start = steps[-1].name
        kind = "signed" if self.signed else "unsigned"
        text = f"{self.factor.name} is {self.count} {kind} digits of {self.digit}"
        return Rewrite(self.program.replaced(at, steps), text)

    def _fresh(self, hint: str) -> str:
        return self.program.fresh(f"{self.factor.name}_{hint}")

    def _digit(self, place: int, name: str) -> Compute:
        """The statement that gives one digit of every element."""
        have = self.factor
        axes = tuple(Axis(f"x{dim}", size, False) for dim, size in enumerate(have.shape))
        dims = range(len(axes))
        source, wide = projection(have.name, have, axes, dims), have.element
        bits = Constant(self.digit.bitwidth, wide)
        value: Expr = Operand(0)
        for _ in range(place):
            lower = Apply("arith.trunci", (value,), self.digit)
            widening = "arith.extsi" if self.signed else "arith.extui"
            value = _above(value, Apply(widening, (lower,), wide), bits)
        output = replace(projection(name, have, axes, dims), element=self.digit)
        digit = Apply("arith.trunci", (value,), self.digit)
        return Compute(Statement(axes, (source,), output, ASSIGN, digit))

    def _product(self, digit: Access, output: Access) -> Statement:
        """The sum of products with one digit."""
        inputs = list(self.statement.inputs)
        inputs[self.index] = digit
        widening = "arith.extsi" if self.signed else "arith.extui"
        wide = Apply(widening, (Operand(self.index),), self.factor.element)
        body = with_operands(self.statement.body, lambda i: wide if i == self.index else Operand(i))
        return replace(self.statement, inputs=tuple(inputs), output=output, body=body)

    def _moved(self, high: Access, is_last: bool) -> Compute:
        """The sum so far, one place further up; at last also what the result starts from."""
        axes = [axis for axis in range(len(self.statement.axes)) if high.touches(axis)]
        element = high.element
        base = Constant(1 << self.digit.bitwidth, element)
        value: Expr = Apply("arith.muli", (Operand(0), base), element)
        inputs = [high.select(axes)]
        if is_last and isinstance(self.step.start, str):
            inputs.append(replace(high, name=self.step.start).select(axes))
            value = Apply("arith.addi", (value, Operand(1)), element)
        elif is_last and isinstance(self.step.start, Constant) and self.step.start.value:
            value = Apply("arith.addi", (value, self.step.start), element)
        output = replace(high, name=f"{high.name}_moved").select(axes)
        loops = tuple(self.statement.axes[axis] for axis in axes)
        return Compute(Statement(loops, tuple(inputs), output, ASSIGN, value))


def _above(value: Expr, digit: Expr, bits: Constant) -> Expr:
    """What is left of a number above its lowest digit."""
    rest = Apply("arith.subi", (value, digit), bits.type)
    return Apply("arith.shrsi", (rest, bits), bits.type)
