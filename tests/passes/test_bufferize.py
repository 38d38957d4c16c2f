"""`bufferize` keeps what functions compute, writes no input, and copies only where it must.

The interpreter poisons memory that nobody has written, and returns every argument that is written,
so a lost copy, a clobbered value or a write to an input shows in the results.
"""

import random
from collections.abc import Callable

import numpy as np
import pytest
from xdsl.dialects.builtin import ModuleOp
from xdsl.dialects.func import FuncOp
from xdsl.dialects.linalg.ops import GenericOp
from xdsl.dialects.memref import AllocOp

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.interpret import interpret
from isa_mapper.simulator.elements import Array

RunPasses = Callable[..., ModuleOp]
Same = Callable[[list[Array], list[Array]], None]

ID = "affine_map<(d0) -> (d0)>"
REVERSED = "affine_map<(d0) -> (5 - d0)>"


def statement(inputs: list[str], init: str, body: str) -> str:
    """Return a statement on six elements; `body` computes %r from %x, %y and %o."""
    types = ", ".join("tensor<6xi32>" for _ in inputs)
    maps = ", ".join([ID] * (len(inputs) + 1))
    names = [*["%x", "%y"][: len(inputs)], "%o"]
    arguments = ", ".join(f"{name}: i32" for name in names)
    return f"""linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}}
      ins({", ".join(inputs)} : {types}) outs({init} : tensor<6xi32>) {{
    ^bb0({arguments}):
      {body}
      linalg.yield %r : i32
    }} -> tensor<6xi32>"""


class Programs:
    """Makes random straight-line functions on tensors of six integers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.defined = ["%a", "%b", "%c"]
        self.count = 0

    def define(self, text: str) -> str:
        name = f"%v{self.count}"
        self.count += 1
        self.lines.append(f"  {name} = {text}")
        return name

    def any_value(self) -> str:
        # Mostly what came last, so that chains in place arise.
        return self.random.choice(self.defined[-3:] if self.random.random() < 0.7 else self.defined)

    def step(self) -> None:
        match self.random.choice(["assign", "add", "add", "add", "fill", "reshape", "constant"]):
            case "assign":
                inputs = [self.any_value(), self.any_value()]
                empty = self.define("tensor.empty() : tensor<6xi32>")
                init = self.random.choice([empty, self.any_value()])
                value = statement(inputs, init, "%r = arith.muli %x, %y : i32")
            case "add":
                body = "%r = arith.addi %o, %x : i32"
                value = statement([self.any_value()], self.any_value(), body)
            case "fill":
                scalar = self.define(f"arith.constant {self.random.randrange(9)} : i32")
                init = self.any_value()
                value = (
                    f"linalg.fill ins({scalar} : i32) outs({init} : tensor<6xi32>) -> tensor<6xi32>"
                )
            case "reshape":
                operand = self.any_value()
                wide = self.define(
                    f"tensor.expand_shape {operand} [[0, 1]] output_shape [2, 3]"
                    " : tensor<6xi32> into tensor<2x3xi32>"
                )
                value = (
                    f"tensor.collapse_shape {wide} [[0, 1]] : tensor<2x3xi32> into tensor<6xi32>"
                )
            case _:
                numbers = self.random.choice(["7", "[1, 2, 3, 4, 5, 6]"])
                value = f"arith.constant dense<{numbers}> : tensor<6xi32>"
        self.defined.append(self.define(value))

    def text(self) -> str:
        for _ in range(self.random.randrange(1, 9)):
            self.step()
        results = [self.any_value() for _ in range(self.random.randrange(1, 4))]
        types = ", ".join("tensor<6xi32>" for _ in results)
        arguments = ", ".join(f"%{name}: tensor<6xi32>" for name in "abc")
        lines = "\n".join(self.lines)
        return f"""func.func @kernel({arguments}) -> ({types}) {{
{lines}
  func.return {", ".join(results)} : {types}
}}"""


@pytest.mark.parametrize("seed", range(200))
def test_random_programs(seed: int, run_passes: RunPasses, assert_same: Same):
    text = Programs(seed).text()
    inputs = [np.arange(6, dtype="int32") * scale + 1 for scale in (1, 10, 100)]
    module = run_passes(text, "bufferize")
    assert "tensor<" not in str([op.result_types for op in module.walk()])
    got = interpret(module, None, inputs)
    assert_same(got, interpret(run_passes(text), None, inputs))


def counts(module: ModuleOp) -> tuple[int, int]:
    """Return the numbers of buffers and of copies."""
    copies = [
        op
        for op in module.walk()
        if isinstance(op, GenericOp) and op.body.block.first_op is op.body.block.last_op
    ]
    return sum(isinstance(op, AllocOp) for op in module.walk()), len(copies)


CHAIN = """
func.func @chain(%a: tensor<6xi32>, %b: tensor<6xi32>) -> tensor<6xi32> {{
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<6xi32>
  %0 = linalg.fill ins(%zero : i32) outs(%empty : tensor<6xi32>) -> tensor<6xi32>
  %1 = {add_a}
  %2 = {add_b}
  func.return %2 : tensor<6xi32>
}}
"""


def test_a_chain_works_in_place_in_the_result(run_passes: RunPasses):
    add = "%r = arith.addi %o, %x : i32"
    text = CHAIN.format(add_a=statement(["%a"], "%0", add), add_b=statement(["%b"], "%1", add))
    assert counts(run_passes(text, "bufferize")) == (0, 0)


def test_what_is_read_and_written_at_once_is_copied(run_passes: RunPasses):
    add = "%r = arith.addi %o, %x : i32"
    text = CHAIN.format(add_a=statement(["%a"], "%0", add), add_b=statement(["%1"], "%1", add))
    assert counts(run_passes(text, "bufferize")) == (1, 1)


def test_old_elements_that_do_not_matter_are_not_copied(run_passes: RunPasses):
    square = "%r = arith.muli %x, %x : i32"
    text = CHAIN.format(
        add_a=statement(["%a"], "%b", square), add_b=statement(["%1"], "%1", square)
    )
    assert counts(run_passes(text, "bufferize")) == (1, 0)


def test_constants_keep_their_bits(run_passes: RunPasses):
    """-0.0 is not 0.0, so this is not a constant of one value."""
    text = """func.func @f() -> (tensor<2xf32>, tensor<2xf32>) {
      %0 = arith.constant dense<[0.0, -0.0]> : tensor<2xf32>
      %1 = arith.constant dense<"0x0000C07F0000C07F"> : tensor<2xf32>
      func.return %0, %1 : tensor<2xf32>, tensor<2xf32>
    }"""
    zeros, nans = interpret(run_passes(text, "bufferize"), None, [])
    assert list(np.signbit(zeros)) == [False, True]
    assert np.isnan(nans).all()


def test_equal_constants_share_a_global(run_passes: RunPasses):
    constant = "arith.constant dense<[1, 2, 3, 4, 5, 6]> : tensor<6xi32>"
    function = f"""func.func @NAME() -> tensor<6xi32> {{
      %0 = {constant}
      func.return %0 : tensor<6xi32>
    }}"""
    text = "func.func private @constant_0()\n" + "\n".join(
        function.replace("NAME", n) for n in "fg"
    )
    module = run_passes(text, "bufferize")
    names = [op.properties["sym_name"] for op in module.body.block.ops]
    assert [str(name) for name in names] == ['"constant_0"', '"constant_1"', '"f"', '"g"']


def test_attributes_of_arguments(run_passes: RunPasses):
    text = """func.func @f(%x: tensor<2xf32> {test.in}) -> (tensor<2xf32> {test.out}) {
      func.return %x : tensor<2xf32>
    }"""
    function = run_passes(text, "bufferize").body.block.first_op
    assert isinstance(function, FuncOp)
    assert function.arg_attrs is not None
    assert [list(attributes.data) for attributes in function.arg_attrs] == [
        ["test.in"],
        ["test.out"],
    ]
    assert function.res_attrs is None
    assert [arg.name_hint for arg in function.args] == ["x", "out"]


@pytest.mark.parametrize(
    ("body", "result", "message"),
    [
        ("%0 = tensor.extract %x[%i] : tensor<6xi32>", "%0 : i32", "'tensor.extract' on tensors"),
        ("%0 = arith.addi %x, %x : tensor<6xi32>", "%0 : tensor<6xi32>", "'arith.addi' on tensors"),
        ("", "%i : index", "function @f returns index; return it as tensor<index>"),
        ("", "%d : tensor<?xi32>", "dynamic extents are not supported"),
    ],
)
def test_refuses(body: str, result: str, message: str, run_passes: RunPasses):
    type_ = result.split(" : ")[1]
    text = f"""func.func @f(%x: tensor<6xi32>, %d: tensor<?xi32>, %i: index) -> {type_} {{
      {body}
      func.return {result}
    }}"""
    with pytest.raises(UserError, match=message) as error:
        run_passes(text, "bufferize")
    assert error.value.location is not None


def test_refuses_branches(run_passes: RunPasses):
    text = """func.func @f(%x: tensor<6xi32>) -> tensor<6xi32> {
      "cf.br"()[^end] : () -> ()
    ^end:
      func.return %x : tensor<6xi32>
    }"""
    with pytest.raises(UserError, match="function @f on tensors has branches"):
        run_passes(text, "bufferize")


def test_elements_that_are_not_written_stay(run_passes: RunPasses):
    text = """func.func @f(%x: tensor<3xi32>, %c: tensor<6xi32>) -> tensor<6xi32> {
      %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0 * 2)>],
                           iterator_types = ["parallel"]}
          ins(%x : tensor<3xi32>) outs(%c : tensor<6xi32>) {
      ^bb0(%e: i32, %old: i32):
        linalg.yield %e : i32
      } -> tensor<6xi32>
      func.return %0 : tensor<6xi32>
    }"""
    x, c = np.array([1, 2, 3], "int32"), np.full(6, 9, "int32")
    (got,) = interpret(run_passes(text, "bufferize"), None, [x, c])
    np.testing.assert_array_equal(got, [1, 9, 2, 9, 3, 9])


def test_statements_with_several_results(run_passes: RunPasses):
    text = """func.func @f(%x: tensor<3xi32>, %c: tensor<3xi32>) -> (tensor<3xi32>, tensor<3xi32>) {
      %e = tensor.empty() : tensor<3xi32>
      %0, %1 = linalg.generic {iterator_types = ["parallel"], indexing_maps = [
            affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>]}
          ins(%x : tensor<3xi32>) outs(%e, %c : tensor<3xi32>, tensor<3xi32>) {
      ^bb0(%v: i32, %p: i32, %q: i32):
        %2 = arith.addi %v, %q : i32
        linalg.yield %v, %2 : i32, i32
      } -> tensor<3xi32>, tensor<3xi32>
      func.return %1, %0 : tensor<3xi32>, tensor<3xi32>
    }"""
    x, c = np.array([1, 2, 3], "int32"), np.full(3, 9, "int32")
    summed, copied = interpret(run_passes(text, "bufferize"), None, [x, c])
    np.testing.assert_array_equal(summed, x + c)
    np.testing.assert_array_equal(copied, x)
