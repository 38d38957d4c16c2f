"""The `isa` dialect from Python: its examples, accessors and builders."""

import re
from textwrap import dedent

import pytest
from xdsl.context import Context
from xdsl.dialects import test
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    DictionaryAttr,
    IntegerAttr,
    MemRefType,
    ModuleOp,
    NoneAttr,
    StridedLayoutAttr,
    StringAttr,
    SymbolRefAttr,
    f32,
    i64,
)
from xdsl.dialects.linalg.ops import CopyOp
from xdsl.ir import Attribute, SSAValue
from xdsl.ir.affine import AffineExpr, AffineMap
from xdsl.utils.exceptions import VerifyException

from isa_mapper.dialects.isa import (
    CostAttr,
    InstructionOp,
    InvokeOp,
    Isa,
    LevelAttr,
    MemoryKind,
    MemoryOp,
    MoveOp,
    ScalarOp,
    TargetOp,
    UnitOp,
    ViewOp,
)
from isa_mapper.dialects.isa.windows import is_contiguous, is_linear, window_strides
from isa_mapper.dialects.source import read_module
from isa_mapper.tools.universe import multiverse

EXAMPLES = [
    pytest.param(dedent(example), id=f"{thing.name}-{number}")
    for thing in (*Isa.operations, *Isa.attributes)
    for number, example in enumerate(re.findall(r"```mlir\n(.*?)```", thing.__doc__ or "", re.S))
]


def read(text: str) -> ModuleOp:
    context = Context()
    for name, factory in multiverse().all_dialects.items():
        context.register_dialect(name, factory)
    return read_module(context, text, "test.mlir")


def value(type_: Attribute) -> SSAValue:
    return test.TestOp(result_types=[type_]).results[0]


def symbol(name: str) -> SymbolRefAttr:
    return SymbolRefAttr(name)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_docstrings_verify(example: str):
    read(example)


def test_everything_has_an_example():
    for thing in (*Isa.operations, *Isa.attributes):
        assert "```mlir" in (thing.__doc__ or ""), thing.name


MACHINE = """
isa.target @toy attributes {
    summary = "a toy", features = ["x"], c.headers = ["toy.h"], c.flags = ["-g"]} {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 1024, bandwidth = 64>]}
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "vec"}}
  isa.unit @alu {count = 3 : i64}
  isa.unit @port
  isa.scalar @expression in @mem on @alu cost<latency = 3, interval = 2>
  isa.instruction @fma(%acc: memref<4xf32, @vec>, %a: memref<4xf32, @vec>, %b: memref<f32, @mem>)
      on @alu cost<latency = 4, interval = 2> c "fma({acc}, {a}, {b});" {
    kernel.contract "i,->i"(%a, %b) add %acc
      : (memref<4xf32, @vec>, memref<f32, @mem>, memref<4xf32, @vec>)
  }
  isa.instruction @load(%dst: memref<4xf32, @vec>, %src: memref<?xf32, @mem>)
      on @port cost<latency = 5, interval = 1> {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<4xf32, @vec>)
  }
  isa.instruction @one(%dst: memref<4xf32, @vec>) on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        outs(%dst : memref<4xf32, @vec>) {
    ^bb0(%old: f32):
      %one = arith.constant 1.0 : f32
      linalg.yield %one : f32
    }
  }
  isa.instruction @sum(%dst: memref<f32, @mem>, %src: memref<4xf32, @vec>)
      on @alu cost<latency = 9, interval = 4> {
    kernel.contract "i->"(%src) into %dst : (memref<4xf32, @vec>, memref<f32, @mem>)
  }
  isa.instruction @negate(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @vec>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]}
        ins(%src : memref<4xf32, @vec>) outs(%dst : memref<4xf32, @vec>) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.negf %x : f32
      linalg.yield %r : f32
    }
  }
}
"""


@pytest.fixture(scope="module")
def toy() -> TargetOp:
    target = read(MACHINE).body.block.first_op
    assert isinstance(target, TargetOp)
    return target


def test_target(toy: TargetOp):
    assert (toy.symbol, toy.summary, toy.features) == ("toy", "a toy", ("x",))
    assert (toy.c_headers, toy.c_flags) == (("toy.h",), ("-g",))
    assert list(toy.memories) == ["mem", "vec"]
    assert list(toy.units) == ["alu", "port"]
    assert list(toy.instructions) == ["fma", "load", "one", "sum", "negate"]
    assert toy.scalar is toy.lookup("expression")
    assert toy.host_memory is toy.memories["mem"]
    assert toy.lookup("fma") is toy.instructions["fma"]
    assert toy.lookup("nothing") is None


def test_memories_and_units(toy: TargetOp):
    mem, vec = toy.memories.values()
    assert (mem.kind, mem.count, mem.bytes) == (MemoryKind.CACHED, None, None)
    assert mem.levels == (LevelAttr.get("L1", 1024, 64),)
    assert (vec.kind, vec.count, vec.bytes) == (MemoryKind.REGISTER, 8, 16)
    assert (vec.c_type(f32), vec.c_type(i64)) == ("vec", None)
    assert {name: unit.count for name, unit in toy.units.items()} == {"alu": 3, "port": 1}


def test_instruction(toy: TargetOp):
    fma = toy.instructions["fma"]
    assert fma.operand_names == ("acc", "a", "b")
    assert fma.operand_memories == ("vec", "vec", "mem")
    assert [str(type_) for type_ in fma.operand_memrefs] == [
        "memref<4xf32, @vec>",
        "memref<4xf32, @vec>",
        "memref<f32, @mem>",
    ]
    assert (fma.output_index, fma.input_indices) == (0, (1, 2))
    assert (fma.unit_name, fma.latency, fma.interval) == ("alu", 4, 2)
    assert fma.c_template == "fma({acc}, {a}, {b});"
    assert fma.statement.name == "kernel.contract"
    assert fma.extents == (4,)
    assert not fma.is_guarded
    assert toy.scalar is not None
    assert (toy.scalar.memory_name, toy.scalar.latency, toy.scalar.interval) == ("mem", 3, 2)


def test_moves_only_copy(toy: TargetOp):
    moves = [name for name, op in toy.instructions.items() if op.is_move]
    assert moves == ["load", "one"]
    load, one = toy.instructions["load"], toy.instructions["one"]
    assert (load.is_guarded, load.operand_shapes, load.constant) == (True, ((4,), (4,)), None)
    assert one.operand_shapes == ((4,),)
    assert "1.0" in str(one.constant)
    assert one.input_indices == ()


def test_build_a_machine():
    vec = MemRefType(f32, [4], NoneAttr(), symbol("vec"))
    mem = MemRefType(f32, [4], NoneAttr(), symbol("mem"))
    load = InstructionOp("load", [("d", vec), ("s", mem)], "alu", CostAttr.get(4, 1), "{d} = *{s};")
    destination, source = load.body.block.args
    load.body.block.add_op(CopyOp([source], [destination], res=[]))
    registers = {
        "count": IntegerAttr(8, i64),
        "bytes": IntegerAttr(16, i64),
        "c.types": DictionaryAttr({"f32": StringAttr("vec")}),
    }
    levels = ArrayAttr([LevelAttr.get("L1", 1024, 64)])
    target = TargetOp(
        "built",
        [
            MemoryOp("mem", MemoryKind.CACHED, {"levels": levels}),
            MemoryOp("vec", MemoryKind.REGISTER, registers),
            UnitOp("alu", 2),
            ScalarOp("expression", "mem", "alu", CostAttr.get(4, 1)),
            load,
        ],
        {"summary": StringAttr("built in Python")},
    )
    module = ModuleOp([target])
    module.verify()
    assert read(str(module)).is_structurally_equivalent(module)


def test_view_computes_its_type():
    s, i, j = AffineExpr.symbol(0), AffineExpr.dimension(0), AffineExpr.dimension(1)
    base = value(MemRefType(f32, [700, 2048]))
    (index,) = read('%i = "test.op"() : () -> index').body.block.first_op.results  # type: ignore[union-attr]
    view = ViewOp.get(base, [index], AffineMap(2, 1, (s + i, j * 16)), [8, 16])
    view.verify()
    assert str(view.result.type) == "memref<8x16xf32, strided<[2048, 16], offset: ?>>"
    assert view.is_addressable
    guarded = ViewOp.get(base, [], AffineMap(1, 0, (i, i)), [3], AffineMap(1, 0, (i,)), [2])
    guarded.verify()
    assert str(guarded.result.type) == "memref<3xf32, strided<[2049]>>"
    assert (guarded.is_guarded, guarded.is_addressable) == (True, False)
    rows = ViewOp.get(base, [], AffineMap(2, 0, (i, j)), [2, 2048])
    rows.verify()
    assert str(rows.result.type) == "memref<2x2048xf32>"
    gather = ViewOp.get(base, [], AffineMap(1, 0, (i.__floordiv__(3), i % 3)), [9])
    gather.verify()
    assert str(gather.result.type) == "memref<9xf32, strided<[?]>>"
    assert not gather.is_addressable


def test_view_of_a_scalar_and_of_a_view():
    scalar = value(MemRefType(f32, []))
    spread = ViewOp.get(scalar, [], AffineMap(1, 0, ()), [4])
    spread.verify()
    assert str(spread.result.type) == "memref<4xf32, strided<[0]>>"
    d = AffineExpr.dimension(0)
    inner = ViewOp.get(value(MemRefType(f32, [8, 8])), [], AffineMap(1, 0, (d, d + 1)), [4])
    outer = ViewOp.get(inner.result, [], AffineMap(1, 0, (d * 2 + 1,)), [2])
    outer.verify()
    assert str(outer.result.type) == "memref<2xf32, strided<[18], offset: 10>>"


def test_move_and_invoke():
    vec, mem = MemRefType(f32, [4], NoneAttr(), symbol("vec")), MemRefType(f32, [4])
    MoveOp(value(mem), value(vec)).verify()
    invoke = InvokeOp(("toy", "load"), [value(vec), value(mem)])
    assert str(invoke.instruction) == "@toy::@load"
    module = read(MACHINE)
    module.body.block.add_op(invoke)
    invoke.verify()
    row = InvokeOp(("toy", "load"), [value(vec), value(MemRefType(f32, [2, 2]))])
    module.body.block.add_op(row)
    row.verify()
    for shape in ([5], [2, 3]):
        wrong = InvokeOp(("toy", "load"), [value(vec), value(MemRefType(f32, shape))])
        module.body.block.add_op(wrong)
        with pytest.raises(VerifyException, match="%src of @load"):
            wrong.verify()


@pytest.mark.parametrize(
    ("shape", "strides", "contiguous"),
    [
        ((4,), (1,), True),
        ((4,), (2,), False),
        ((4,), (None,), False),
        ((1,), (7,), True),
        ((3, 1, 4), (4, 99, 1), True),
        ((3, 4), (8, 1), False),
        ((1, 4), (8, 1), True),
        ((4, 4), (1, 4), False),
        ((), (), True),
        ((DYNAMIC_INDEX, 4), (4, 1), True),
        ((4, DYNAMIC_INDEX), (4, 1), False),
    ],
)
def test_contiguous(shape: tuple[int, ...], strides: tuple[int | None, ...], contiguous: bool):
    assert is_contiguous(MemRefType(f32, shape, StridedLayoutAttr(strides))) is contiguous
    assert is_contiguous(MemRefType(f32, shape))


def test_strides_of_a_window():
    i, j = AffineExpr.dimension(0), AffineExpr.dimension(1)
    assert window_strides((10, 1), AffineMap(2, 0, (i + j, 2 * j))) == (10, 12)
    assert window_strides((None, 1), AffineMap(2, 0, (i, j))) == (None, 1)
    assert window_strides(None, AffineMap(2, 0, (i, AffineExpr.constant(0)))) == (None, 0)
    assert window_strides((1,), AffineMap(2, 0, (i % 4 + j,))) == (None, None)
    assert not is_linear(AffineMap(1, 0, (i % 4,)))
    assert is_linear(AffineMap(1, 1, (i + AffineExpr.symbol(0) % 4,)))
