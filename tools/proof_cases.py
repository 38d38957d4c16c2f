"""Random kernels and random instructions, as MLIR text, for `isa-prove`.

Both are drawn from families (matrix multiplication, convolutions, sums, maxima) and then bent: axes
in another order, operands swapped and transposed, strides and dilations, extents down to 1, types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

Dim = tuple[tuple[int, str], ...]
"""One subscript: a sum of factors times axes, such as 2*p + r."""

Families = Mapping[str, Sequence[str]]

KERNELS: Families = {
    "matmul": ("m,n", "m,k", "k,n"),
    "batched": ("b,m,n", "b,m,k", "b,k,n"),
    "gemv": ("m", "m,k", "k"),
    "conv1d": ("n,o,p", "n,c,Sp+Dr", "o,c,r"),
    "conv2d": ("o,p,q", "c,Sp+Dr,Sq+Ds", "o,c,r,s"),
    "depthwise": ("p,c", "Sp+Dr,c", "r,c"),
    "outer": ("m,n", "m", "n"),
    "dot": ("", "k", "k"),
    "scale": ("m,n", "m,n", "n"),
    "sum": ("m", "m,k"),
}
"""The output's subscripts and those of each input; S and D are a stride and a dilation."""

INSTRUCTIONS: Families = {
    "gemm": ("i,j", "i,k", "k,j"),
    "words": ("i", "k", "i,k"),
    "dot": ("", "k", "k"),
    "outer": ("i,j", "i", "j"),
    "axpy": ("i", "", "i"),
    "lanes": ("i", "i", "i"),
    "fir": ("i", "i+j", "j"),
    "rows": ("i", "i,k"),
    "add": ("i", "i"),
}

TYPES = (
    ("f32", "f32", "f32"),
    ("f64", "f64", "f64"),
    ("i32", "i32", "i32"),
    ("i8", "i8", "i32"),
    ("u8", "i8", "i32"),
    ("i8", "u8", "i32"),
)
"""The element types of two inputs and of the output; `u8` is an i8 that is widened by zeros."""


@dataclass(frozen=True)
class Formula:
    """A statement `out[..] combine= in0[..] * in1[..]`; of the types, the output's is the last."""

    extents: Mapping[str, int]
    subscripts: tuple[tuple[Dim, ...], ...]
    types: tuple[str, ...]
    combine: str = "add"
    name: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The formula, for messages."""
        names = ["out", *(f"in{i}" for i in range(len(self.subscripts) - 1))]
        parts = [
            f"{name}[{','.join(_sum(dim) for dim in dims)}]"
            for name, dims in zip(names, self.subscripts, strict=True)
        ]
        operator = "+=" if self.combine == "add" else "max="
        types = ", ".join(self.types)
        extents = ", ".join(f"{axis}={extent}" for axis, extent in self.extents.items())
        return f"{parts[0]} {operator} {' * '.join(parts[1:])} for {extents} in {types}"

    def shape(self, operand: int) -> tuple[int, ...]:
        """The extents of an operand; 0 is the output."""
        return tuple(
            1 + sum(c * (self.extents[axis] - 1) for c, axis in dim)
            for dim in self.subscripts[operand]
        )

    def element(self, operand: int) -> str:
        """The element type of an operand as MLIR writes it; 0 is the output."""
        return _stored(self.types[operand - 1])

    def operand_types(self, form: str) -> list[str]:
        """The types of the operands, output first; `form` is such as `tensor<{}>`."""
        operands = range(len(self.subscripts))
        shapes = ("x".join(map(str, (*self.shape(i), self.element(i)))) for i in operands)
        return [form.format(shape) for shape in shapes]

    def statement(self, types: Sequence[str], values: Sequence[str]) -> str:
        """The `linalg.generic` on values (output first) of these MLIR types."""
        axes = ", ".join(self.extents)
        order = [*range(1, len(self.subscripts)), 0]
        maps = ", ".join(
            f"affine_map<({axes}) -> ({', '.join(map(_sum, self.subscripts[i]))})>" for i in order
        )
        written = {axis for dim in self.subscripts[0] for _, axis in dim}
        kinds = ", ".join(
            f'"{"parallel" if axis in written else "reduction"}"' for axis in self.extents
        )
        inputs = ", ".join(values[1:])
        result = f" -> {types[0]}" if types[0].startswith("tensor") else ""
        names = ", ".join(f'"{axis}"' for axis in self.extents)
        return (
            f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}\n"
            f"  ins({inputs} : {', '.join(types[1:])}) outs({values[0]} : {types[0]})\n"
            f"  attrs = {{kernel.axes = [{names}]}} {{\n{self._body()}}}{result}\n"
        )

    def _body(self) -> str:
        """The block of the statement."""
        count, to = len(self.subscripts) - 1, self.types[-1]
        args = [f"%x{i}: {self.element(i + 1)}" for i in range(count)] + [f"%old: {to}"]
        lines = [f"  ^bb0({', '.join(args)}):"]
        terms: list[str] = []
        for i in range(count):
            type_, term = self.types[i], f"%x{i}"
            if _stored(type_) != to:
                cast = "arith.extui" if type_.startswith("u") else "arith.extsi"
                lines.append(f"    %w{i} = {cast} {term} : {_stored(type_)} to {to}")
                term = f"%w{i}"
            terms.append(term)
        kind = "f" if to.startswith("f") else "i"
        value = terms[0]
        if count == 2:
            lines.append(f"    %p = arith.mul{kind} {terms[0]}, {terms[1]} : {to}")
            value = "%p"
        maximum = "maximumf" if kind == "f" else "maxsi"
        operator = f"add{kind}" if self.combine == "add" else maximum
        lines += [f"    %r = arith.{operator} %old, {value} : {to}", f"    linalg.yield %r : {to}"]
        return "\n".join(lines) + "\n"


def _stored(type_: str) -> str:
    return type_.replace("u", "i")


def _sum(dim: Dim) -> str:
    terms = [axis if factor == 1 else f"{factor} * {axis}" for factor, axis in dim]
    return " + ".join(terms) or "0"


def draw_kernel(random: Random) -> Formula:
    """A random kernel."""
    return _draw(random, KERNELS, (1, 2, 3, 3, 4, 5, 7))


def draw_instruction(random: Random, kernel: Formula) -> Formula:
    """A random instruction; most work on as many operands and the same types as the kernel."""
    count = len(kernel.subscripts)
    alike = {name: parts for name, parts in INSTRUCTIONS.items() if len(parts) == count}
    drawn = _draw(random, alike if random.random() < 0.8 else INSTRUCTIONS, (1, 2, 3, 4, 4, 8))
    if len(drawn.types) != len(kernel.types) or random.random() < 0.2:
        return drawn
    types = kernel.types
    if len(types) == 3 and random.random() < 0.5:
        types = (types[1], types[0], types[2])
    return replace(drawn, types=types, combine=kernel.combine)


def _draw(random: Random, families: Families, extents: Sequence[int]) -> Formula:
    name = random.choice(list(families))
    output, *inputs = families[name]
    factors = {"S": random.choice((1, 1, 2, 3)), "D": random.choice((1, 1, 2))}
    if random.random() < 0.5:
        inputs.reverse()
    subscripts = [_dims(part, factors) for part in (output, *inputs)]
    for dims in subscripts:
        if random.random() < 0.3:
            random.shuffle(dims)
    axes = sorted({axis for dims in subscripts for dim in dims for _, axis in dim})
    random.shuffle(axes)
    types = random.choice(TYPES if random.random() < 0.5 else TYPES[:1])
    combine = "max" if len(inputs) == 1 and random.random() < 0.5 else "add"
    return Formula(
        {axis: random.choice(extents) for axis in axes},
        tuple(map(tuple, subscripts)),
        (*types[: len(inputs)], types[-1]),
        combine,
        name,
    )


def _dims(text: str, factors: Mapping[str, int]) -> list[Dim]:
    """The subscripts that `c,Sp+Dr` stands for."""
    return [
        tuple((factors.get(term[0], 1), term[-1]) for term in part.split("+"))
        for part in text.split(",")
        if part
    ]


def _arguments(values: Sequence[str], types: Sequence[str]) -> str:
    return ", ".join(f"{value}: {type_}" for value, type_ in zip(values, types, strict=True))


def kernel_text(kernel: Formula) -> str:
    """A function that computes the kernel onto a given tensor."""
    types = kernel.operand_types("tensor<{}>")
    values = ["%init", *(f"%in{i}" for i in range(len(types) - 1))]
    arguments, statement = _arguments(values, types), kernel.statement(types, values)
    return (
        f"func.func @kernel({arguments}) -> {types[0]} {{\n"
        f"  %out = {statement}  func.return %out : {types[0]}\n}}\n"
    )


def machine_text(instruction: Formula) -> str:
    """A machine with this instruction, which works on memory, and with a scalar core."""
    types = instruction.operand_types("memref<{}, @mem>")
    values = ["%acc", *(f"%a{i}" for i in range(len(types) - 1))]
    arguments = _arguments(values, types)
    return f"""isa.target @drawn attributes {{summary = "a random instruction"}} {{
  isa.memory @mem cached {{levels = [#isa.level<"L1", bytes = 32768, bandwidth = 64>]}}
  isa.unit @unit {{count = 1 : i64}}
  isa.scalar @expression in @mem on @unit cost<latency = 4, interval = 1>
  isa.instruction @drawn_one({arguments}) on @unit cost<latency = 4, interval = 1> {{
    {instruction.statement(types, values)}
  }}
}}
"""
