"""The interpreter's conventions, memory, and mapped programs."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.interpret import interpret
from isa_mapper.runtime.pipeline import parse
from isa_mapper.simulator.signature import entry_function, signature_of

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


def ramp(*shape: int) -> Array:
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_memref_outputs_are_allocated_and_returned():
    module = parse("""
      func.func @f(%a: memref<4xf32>, %sum: memref<4xf32>, %copy: memref<4xf32>) {
        "memref.copy"(%a, %copy) : (memref<4xf32>, memref<4xf32>) -> ()
        linalg.add ins(%a, %sum : memref<4xf32>, memref<4xf32>) outs(%sum : memref<4xf32>)
        func.return
      }""")
    signature = signature_of(entry_function(module))
    assert [p.name for p in signature.inputs] == ["a", "sum"]
    assert [p.name for p in signature.outputs] == ["sum", "copy"]
    a, total = ramp(4), np.ones(4, np.float32)
    results = interpret(module, "f", [a, total])
    np.testing.assert_array_equal(results, [a + 1, a])
    np.testing.assert_array_equal(total, np.ones(4))  # inputs stay as they were


def test_unwritten_memory_is_poison():
    module = parse("""
      func.func @f(%a: memref<2xf32>, %out: memref<2xf32>, %ints: memref<2xi32>) {
        %0 = memref.alloc() : memref<2xf32>
        "memref.copy"(%0, %out) : (memref<2xf32>, memref<2xf32>) -> ()
        %c = arith.constant 0 : index
        %i = arith.constant 7 : i32
        memref.store %i, %ints[%c] : memref<2xi32>
        func.return
      }""")
    out, integers = interpret(module, None, [ramp(2)])
    assert np.isnan(out).all()
    assert integers.tolist() == [7, np.int32(0xA5A5A5A5 - 2**32)]


def test_loops_and_slices_of_tensors():
    module = parse("""
      func.func @f(%x: tensor<4x6xf32>, %y: tensor<4x6xf32>) -> tensor<4x6xf32> {
        %c0 = arith.constant 0 : index
        %c2 = arith.constant 2 : index
        %c4 = arith.constant 4 : index
        %r = scf.for %i = %c0 to %c4 step %c2 iter_args(%acc = %y) -> (tensor<4x6xf32>) {
          %s = tensor.extract_slice %x[%i, 1] [2, 3] [1, 2]
            : tensor<4x6xf32> to tensor<2x3xf32>
          %n = tensor.insert_slice %s into %acc[%i, 0] [2, 3] [1, 1]
            : tensor<2x3xf32> into tensor<4x6xf32>
          scf.yield %n : tensor<4x6xf32>
        }
        func.return %r : tensor<4x6xf32>
      }""")
    x, y = ramp(4, 6), np.zeros((4, 6), np.float32)
    (result,) = interpret(module, None, [x, y])
    y[:, :3] = x[:, 1::2]
    np.testing.assert_array_equal(result, y)


def test_globals_subviews_and_affine_maps():
    module = parse("""
      "memref.global"() <{sym_name = "table", type = memref<4xi32>, sym_visibility = "private",
        initial_value = dense<[1, 2, 3, 4]> : tensor<4xi32>, constant}> : () -> ()
      func.func @f(%out: memref<2xi32>) {
        %t = memref.get_global @table : memref<4xi32>
        %i = arith.constant 1 : index
        %j = affine.apply affine_map<(d0)[s0] -> (d0 * 2 + s0)> (%i)[%i]
        %v = memref.subview %t[%i] [2] [1]
          : memref<4xi32> to memref<2xi32, strided<[1], offset: ?>>
        "memref.copy"(%v, %out)
          : (memref<2xi32, strided<[1], offset: ?>>, memref<2xi32>) -> ()
        %last = memref.load %t[%j] : memref<4xi32>
        memref.store %last, %out[%i] : memref<2xi32>
        func.return
      }""")
    assert interpret(module, None, [])[0].tolist() == [2, 4]


def test_access_outside_is_an_error_with_its_place():
    module = parse("""func.func @f(%x: memref<4xf32>, %i: index) -> f32 {
  %v = memref.load %x[%i] : memref<4xf32>
  func.return %v : f32
}""")
    assert interpret(module, None, [ramp(4), np.array(2)]) == [2]
    with pytest.raises(UserError, match="element -1 of dimension 0, which has 4") as caught:
        interpret(module, None, [ramp(4), np.array(-1)])
    assert caught.value.location is not None
    assert caught.value.location.line.data == 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ([], r"takes 2 arrays \(x: 4xf32, i: index\), 0 are given"),
        ([ramp(3), np.array(1)], r"x is float32\[3\], expected float32\[4\]"),
        ([np.arange(4), np.array(1)], r"x is int64\[4\], expected float32\[4\]"),
    ],
)
def test_arrays_that_do_not_fit(arrays: list[Array], message: str):
    module = parse("func.func @f(%x: tensor<4xf32>, %i: index) { func.return }")
    with pytest.raises(UserError, match=message):
        interpret(module, None, arrays)


def test_entry_must_be_clear():
    module = parse("func.func @one() { func.return }\nfunc.func @two() { func.return }")
    with pytest.raises(UserError, match="several functions: @one, @two"):
        interpret(module, None, [])
    with pytest.raises(UserError, match="no function @tow") as caught:
        interpret(module, "tow", [])
    assert caught.value.hint == "did you mean 'two'?"
    assert interpret(module, "two", []) == []


VIEWS: list[tuple[str, str, str, Callable[[Array], Any]]] = [
    ("(d0, d1) -> (d1, d0)", "", "4x3", lambda x: x.T),
    ("(d0, d1) -> (d0 + d1, 0)", "", "2x2", lambda x: np.stack([x[0:2, 0], x[1:3, 0]])),
    ("(d0, d1) -> (0, d1)", "", "5x4", lambda x: np.broadcast_to(x[0], (5, 4))),
    ("(d0)[s0, s1] -> (s0 + 1, d0 + s1 floordiv 2)", "(%one, %one)", "4", lambda x: x[2]),
    ("(d0) -> (d0 floordiv 4, d0 mod 4)", "", "12", lambda x: x.ravel()),
    (
        "(d0, d1)[s0] -> (d0 + 2 * s0, d1 - 1)",
        "(%one)",
        "2x6",
        lambda x: np.pad(x[2:], ((0, 1), (1, 1))),
    ),
]


@pytest.mark.parametrize(("map_", "symbols", "shape", "expected"), VIEWS)
def test_views(map_: str, symbols: str, shape: str, expected: Any):
    guard = ""
    if "- 1" in map_:
        guard = f", guard_map = affine_map<{map_}>, guard_bounds = array<i64: 3, 4>"
    strides = ", ".join("?" * (1 + shape.count("x")))
    kind = f"memref<{shape}xf32, strided<[{strides}], offset: ?>>"
    module = parse(f"""
      func.func @f(%x: memref<3x4xf32>, %out: memref<{shape}xf32>) {{
        %one = arith.constant 1 : index
        %v = isa.view %x{symbols} {{map = affine_map<{map_}>{guard}}} : memref<3x4xf32> -> {kind}
        isa.move %v to %out : {kind} to memref<{shape}xf32>
        func.return
      }}""")
    (result,) = interpret(module, None, [ramp(3, 4)])
    np.testing.assert_array_equal(result, expected(ramp(3, 4)))


def test_writes_outside_a_guard_are_dropped():
    module = parse("""
      func.func @f(%x: memref<8xf32>, %out: memref<3xf32>) {
        %v = isa.view %out {map = affine_map<(d0) -> (d0 - 2)>,
          guard_map = affine_map<(d0) -> (d0 - 2)>, guard_bounds = array<i64: 3>}
          : memref<3xf32> -> memref<8xf32, strided<[1], offset: -2>>
        isa.move %x to %v : memref<8xf32> to memref<8xf32, strided<[1], offset: -2>>
        func.return
      }""")
    (result,) = interpret(module, None, [ramp(8)])
    np.testing.assert_array_equal(result, [2, 3, 4])


MACHINE = """
isa.target @toy {
  isa.memory @mem cached
  isa.memory @v register {count = 4 : i64, bytes = 16 : i64, c.types = {f32 = "v4"}}
  isa.unit @u
  isa.instruction @fma(%acc: memref<4xf32, @v>, %a: memref<4xf32, @v>, %b: memref<4xf32, @v>)
      on @u cost<latency = 1, interval = 1> c "x" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<4xf32, @v>, memref<4xf32, @v>, memref<4xf32, @v>)
  }
  isa.instruction @load(%dst: memref<4xf32, @v>, %src: memref<?xf32, @mem>)
      on @u cost<latency = 1, interval = 1> c "x{src.size0}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<4xf32, @v>)
  }
  isa.instruction @store(%dst: memref<?xf32, @mem>, %src: memref<4xf32, @v>)
      on @u cost<latency = 1, interval = 1> c "x{dst.size0}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<4xf32, @v>, memref<?xf32, @mem>)
  }
}
"""


def test_instructions_run_their_bodies():
    module = parse(
        MACHINE
        + """
      func.func @f(%a: memref<3xf32>, %b: memref<3xf32>, %out: memref<3xf32>) {
        %ra = memref.alloc() : memref<4xf32, @v>
        %rb = memref.alloc() : memref<4xf32, @v>
        %rc = memref.alloc() : memref<4xf32, @v>
        isa.invoke @toy::@load(%ra, %a) : memref<4xf32, @v>, memref<3xf32>
        isa.invoke @toy::@load(%rb, %b) : memref<4xf32, @v>, memref<3xf32>
        isa.invoke @toy::@load(%rc, %a) : memref<4xf32, @v>, memref<3xf32>
        isa.invoke @toy::@fma(%rc, %ra, %rb)
          : memref<4xf32, @v>, memref<4xf32, @v>, memref<4xf32, @v>
        isa.invoke @toy::@store(%out, %rc) : memref<3xf32>, memref<4xf32, @v>
        func.return
      }"""
    )
    signature = signature_of(entry_function(module))
    assert [p.name for p in signature.outputs] == ["out"]
    a, b = ramp(3), ramp(3) + 5
    (result,) = interpret(module, None, [a, b])
    np.testing.assert_array_equal(result, a + a * b)
