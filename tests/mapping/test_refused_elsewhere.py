"""Cases that other systems refuse, each mapped, lowered and run end to end.

TVM refuses the matrix-vector product, A A^T, depthwise and depthwise-separable convolutions,
operands of swapped types and s8 x s8 on a u8 x s8 instruction; Exo's `replace` refuses swapped
operands, another loop order, a transposed operand, `C = C + ..`, strides and convolution indices.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from isa_mapper.runtime.module import compile as compile_kernel

Array = NDArray[Any]


@dataclass(frozen=True)
class Refused:
    """A kernel: subscripts per operand, the output's last, with extents and element types."""

    axes: str
    operands: tuple[str, ...]
    extents: dict[str, int]
    types: tuple[str, ...] = ("f32", "f32", "f32")
    einsum: str = ""
    same: bool = False

    def shape(self, operand: int) -> tuple[int, ...]:
        sizes = dict(self.extents)
        return tuple(
            1 + sum(int(f or 1) * (sizes[a] - 1) for f, a in self._terms(dim))
            for dim in self.operands[operand].split(",")
        )

    @staticmethod
    def _terms(dim: str) -> list[tuple[str, str]]:
        return [(term[:-1], term[-1]) for term in dim.split("+")]

    def type(self, operand: int) -> str:
        element = self.types[operand].replace("u", "i")
        return f"tensor<{'x'.join(map(str, (*self.shape(operand), element)))}>"

    def map(self, operand: int) -> str:
        dims = [
            " + ".join(f"{f} * {a}" if f else a for f, a in self._terms(dim))
            for dim in self.operands[operand].split(",")
        ]
        return f"affine_map<({', '.join(self.axes)}) -> ({', '.join(dims)})>"

    @property
    def text(self) -> str:
        """The kernel: it adds to its last argument, in the form C = e + C."""
        count, to = len(self.operands) - 1, self.types[-1]
        inputs = [0] * count if self.same else list(range(count))
        names = ", ".join(f"%in{i}" for i in inputs)
        types = ", ".join(self.type(i) for i in inputs)
        given = ", ".join(f"%in{i}: {self.type(i)}" for i in sorted(set(inputs)))
        kinds = ", ".join(
            '"parallel"' if axis in self.operands[-1] else '"reduction"' for axis in self.axes
        )
        elements = [self.types[i].replace("u", "i") for i in inputs]
        args = ", ".join(f"%x{i}: {element}" for i, element in enumerate(elements))
        lines: list[str] = []
        terms = [f"%x{i}" for i in range(count)]
        for i, element in enumerate(elements):
            if element != to:
                cast = "extui" if self.types[i].startswith("u") else "extsi"
                lines.append(f"    %w{i} = arith.{cast} %x{i} : {element} to {to}")
                terms[i] = f"%w{i}"
        kind = "f" if to.startswith("f") else "i"
        value = terms[0]
        for i, term in enumerate(terms[1:]):
            lines.append(f"    %p{i} = arith.mul{kind} {value}, {term} : {to}")
            value = f"%p{i}"
        lines.append(f"    %r = arith.add{kind} {value}, %old : {to}")
        body = "\n".join(lines)
        out = self.type(count)
        maps = ", ".join(self.map(i) for i in range(count + 1))
        axes = ", ".join(f'"{axis}"' for axis in self.axes)
        return f"""
func.func @refused({given}, %init: {out}) -> {out} {{
  %out = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}
      ins({names} : {types}) outs(%init : {out}) attrs = {{kernel.axes = [{axes}]}} {{
  ^bb0({args}, %old: {to}):
{body}
    linalg.yield %r : {to}
  }} -> {out}
  func.return %out : {out}
}}
"""

    def arrays(self) -> list[Array]:
        """Random values: small in floats, all of the type's in integers, -128 often."""
        random = np.random.default_rng(0)
        found: list[Array] = []
        for i in range(len(self.operands)):
            if self.types[i].startswith("f"):
                found.append(random.integers(-3, 4, self.shape(i)).astype(np.float32))
            else:
                wide = np.int8 if "8" in self.types[i] else np.int32
                info = np.iinfo(wide)
                drawn = random.integers(info.min, info.max, self.shape(i), endpoint=True)
                least = random.random(self.shape(i)) < 0.2
                found.append(np.where(least, info.min, drawn).astype(wide))
        return [found[0], *found[2:]] if self.same else found

    def expected(self, arrays: list[Array]) -> Array:
        """The loop nest, all points at once."""
        points = np.indices([self.extents[a] for a in self.axes]).reshape(len(self.axes), -1)
        at = dict(zip(self.axes, points, strict=True))
        inputs = arrays[:1] * 2 if self.same else arrays[:-1]
        term = np.ones(points.shape[1], np.float64 if self.types[-1] == "f32" else np.int64)
        for i, array in enumerate(inputs):
            bits = array.view(np.uint8) if self.types[i] == "u8" else array
            term = term * bits[self._place(i, at)]
        result = arrays[-1].copy()
        np.add.at(result, self._place(len(self.operands) - 1, at), term.astype(result.dtype))
        return result

    def _place(self, operand: int, at: dict[str, Array]) -> tuple[Array, ...]:
        return tuple(
            np.asarray(sum(int(f or 1) * at[a] for f, a in self._terms(dim)))
            for dim in self.operands[operand].split(",")
        )


BYTES = ("u8", "i8", "i32")

CASES = {
    "gemv": Refused("mk", ("m,k", "k", "m"), dict(m=19, k=21)),
    "A A^T": Refused("mnk", ("m,k", "n,k", "m,n"), dict(m=18, n=18, k=5), same=True),
    "depthwise": Refused("pqcrs", ("p+r,q+s,c", "r,s,c", "p,q,c"), dict(p=3, q=4, c=18, r=3, s=3)),
    "depthwise-separable in one statement": Refused(
        "pqorsc",
        ("p+r,q+s,c", "r,s,c", "c,o", "p,q,o"),
        dict(p=3, q=4, o=17, r=2, s=2, c=18),
        ("f32",) * 4,
    ),
    "swapped operand types": Refused(
        "mnk", ("m,k", "k,n", "m,n"), dict(m=3, n=18, k=9), ("i8", "u8", "i32")
    ),
    "u8 x s8": Refused("mnk", ("m,k", "k,n", "m,n"), dict(m=3, n=18, k=9), BYTES),
    "s8 x s8": Refused("mnk", ("m,k", "k,n", "m,n"), dict(m=33, n=35, k=66), ("i8", "i8", "i32")),
    "another loop order": Refused("knm", ("m,k", "k,n", "m,n"), dict(m=5, n=18, k=9)),
    "swapped operands": Refused("mnk", ("k,n", "m,k", "m,n"), dict(m=5, n=18, k=9)),
    "transposed operand": Refused("mnk", ("m,k", "n,k", "m,n"), dict(m=5, n=18, k=9)),
    "both transposed": Refused("mnk", ("k,m", "n,k", "n,m"), dict(m=5, n=18, k=9)),
    "stride 2": Refused("opcr", ("c,2p+r", "o,c,r", "o,p"), dict(o=5, p=18, c=3, r=3)),
    "convolution indices": Refused(
        "nopqcrs",
        ("n,c,p+r,q+s", "o,c,r,s", "n,o,p,q"),
        dict(n=1, o=5, p=3, q=18, c=2, r=2, s=3),
    ),
    "dilation 2": Refused("opcr", ("c,p+2r", "o,c,r", "o,p"), dict(o=5, p=18, c=3, r=3)),
    "sizes that do not divide": Refused("mnk", ("m,k", "k,n", "m,n"), dict(m=17, n=33, k=19)),
    "unit axes": Refused("mnk", ("m,k", "k,n", "m,n"), dict(m=1, n=18, k=1)),
}

ON_BYTES = ["swapped operand types", "u8 x s8", "s8 x s8"]
ON_A_MATRIX_ENGINE = ["gemv", "A A^T", "depthwise-separable in one statement", "stride 2"]

WAYS = [
    *((name, "avx512") for name in CASES),
    *((name, "avx512_vnni") for name in ON_BYTES),
    *((name, "matrix16") for name in ON_A_MATRIX_ENGINE),
]


@pytest.mark.parametrize(("name", "machine"), WAYS)
def test_refused_elsewhere(name: str, machine: str) -> None:
    case = CASES[name]
    arrays = case.arrays()
    kernel = compile_kernel(case.text, target=machine, portable=True)
    assert np.array_equal(kernel(*arrays), case.expected(arrays))
    used = [str(schedule.mapping.instruction) for schedule in kernel.lowered.schedules]
    assert used
    assert not all("expression" in instruction for instruction in used), used
    if machine == "avx512_vnni":
        assert "@avx512_vnni::@dpbusd" in used
