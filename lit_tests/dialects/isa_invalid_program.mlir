// RUN: isa-opt --split-input-file --verify-diagnostics %s | filecheck %s

// What is wrong in a mapped program.

// CHECK: error: 'isa.invoke': unknown machine 'avx51'; did you mean 'avx512'?
// An import of a machine that is not there.
isa.import @avx51 from "avx51"
func.func @f(%a: memref<4xf32>) {
  isa.invoke @avx51::@loadu_ps(%a) : memref<4xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': 'avx512' describes @avx512, not @host; write isa.import @avx512 from "avx512"
// An import under another name.
isa.import @host from "avx512"
func.func @f(%a: memref<4xf32>) {
  isa.invoke @host::@loadu_ps(%a) : memref<4xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': unknown target @avx512; name it: isa.import @avx512 from "avx512"
// No such target.
func.func @f(%a: memref<4xf32>) {
  isa.invoke @avx512::@loadu_ps(%a) : memref<4xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @avx512 has no instruction @loadups; did you mean 'loadu_ps'?
// No such instruction.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512::@loadups(%r, %a) : memref<16xf32, @zmm>, memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @avx512 does not name an instruction; write it as @avx512::@instruction
// A target where an instruction should be.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512(%r, %a) : memref<16xf32, @zmm>, memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @avx512::@expression takes any expression and cannot be invoked; leave the statement
// The machine's isa.scalar.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512::@expression(%a) : memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @fmadd_ps takes 3 operands (%acc, %a, %b), got 2
// Too few operands.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512::@fmadd_ps(%r, %s) : memref<16xf32, @zmm>, memref<16xf32, @zmm>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps is a memref<16xf32, @mem>, got a memref<8xf32>
// An operand of another shape.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<8xf32>
  isa.invoke @avx512::@loadu_ps(%r, %v) : memref<16xf32, @zmm>, memref<8xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps is a memref<16xf32, @mem>, got a memref<512xf32>
// An operand of another rank: a contiguous one counts as a row.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512::@loadu_ps(%r, %b) : memref<16xf32, @zmm>, memref<64x8xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps has elements of f32, got f64
// An operand of another element type.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %d = memref.alloc() : memref<16xf64>
  isa.invoke @avx512::@loadu_ps(%r, %d) : memref<16xf32, @zmm>, memref<16xf64>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %b of @fmadd_ps lives in @zmm, got one in host memory
// An operand in another memory.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.invoke @avx512::@fmadd_ps(%r, %s, %a)
        : memref<16xf32, @zmm>, memref<16xf32, @zmm>, memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps must be contiguous, got memref<16xf32, strided<[8]>>
// An operand that is not contiguous.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %b {map = affine_map<(d0) -> (d0, 0)>} : memref<64x8xf32> -> memref<16xf32, strided<[8]>>
  isa.invoke @avx512::@loadu_ps(%r, %v) : memref<16xf32, @zmm>, memref<16xf32, strided<[8]>>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @maskz_loadu_ps has at most 16 elements along dimension 0, got 17
// More elements than the statement bounds.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %d = memref.alloc() : memref<17xf32>
  isa.invoke @avx512::@maskz_loadu_ps(%r, %d) : memref<16xf32, @zmm>, memref<17xf32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps gets a view that is guarded; only 'isa.move' can use it
// A guarded operand.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a(%i) {map = affine_map<(d0)[s0] -> (s0 + d0)>,
        guard_map = affine_map<(d0)[s0] -> (s0 + d0)>, guard_bounds = array<i64: 16>}
        : memref<16xf32> -> memref<16xf32, strided<[1], offset: ?>>
  isa.invoke @avx512::@loadu_ps(%r, %v) : memref<16xf32, @zmm>, memref<16xf32, strided<[1], offset: ?>>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @loadu_ps gets a view that is not linear; only 'isa.move' can use it
// An operand without fixed strides.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0 floordiv 2)>} : memref<16xf32> -> memref<16xf32, strided<[?]>>
  isa.invoke @avx512::@loadu_ps(%r, %v) : memref<16xf32, @zmm>, memref<16xf32, strided<[?]>>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': operand %src of @i takes the strides [2], got memref<4xf32, strided<[3]>>
// Strides other than demanded.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, strided<[2]>, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, strided<[2]>, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}
func.func @f(%r: memref<4xf32, @vec>, %a: memref<4xf32, strided<[3]>>) {
  isa.invoke @t::@i(%r, %a) : memref<4xf32, @vec>, memref<4xf32, strided<[3]>>
  func.return
}

// -----

// CHECK: error: 'isa.view': the map has 2 dimensions, the result 1
// A map of another number of dimensions.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0, d1) -> (d0)>} : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the map has 0 symbols, but 1 indices are given
// A map of another number of symbols.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a(%i) {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the map has 1 results, the base 2 dimensions
// A map of another number of results.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %b {map = affine_map<(d0) -> (d0)>} : memref<64x8xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the result must have static extents, got memref<?xf32>
// A view of unknown extent.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<?xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': a view of f32 cannot have elements of i32
// A view of other elements.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<16xi32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the base is in host memory, so the result cannot be in @zmm; use 'isa.move' between memories
// A view in another memory.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<16xf32, @zmm>
  func.return
}

// -----

// CHECK: error: 'isa.view': the stride of dimension 0 is 8, not 1: memref<16xf32, strided<[8], offset: ?>>
// A stride that the map does not give.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %b(%i) {map = affine_map<(d0)[s0] -> (d0, s0)>}
        : memref<64x8xf32> -> memref<16xf32, strided<[1], offset: ?>>
  func.return
}

// -----

// CHECK: error: 'isa.view': the offset of the result is ?, not 0: memref<16xf32, strided<[8], offset: ?>>
// An offset that the map does not give.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %b(%i) {map = affine_map<(d0)[s0] -> (d0, s0)>}
        : memref<64x8xf32> -> memref<16xf32, strided<[8]>>
  func.return
}

// -----

// CHECK: error: 'isa.view': the result's layout must be 'strided<[...]>' or absent, got affine_map<(d0) -> ((d0 * 2))>
// A layout that is no strides.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<16xf32, affine_map<(d0) -> (d0 * 2)>>
  func.return
}

// -----

// CHECK: error: 'isa.view': the window spans 15 of the 8 elements of dimension 1
// A window larger than the base.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %b(%i) {map = affine_map<(d0)[s0] -> (s0, 2 * d0)>}
        : memref<64x8xf32> -> memref<8xf32, strided<[2], offset: ?>>
  func.return
}

// -----

// CHECK: error: 'isa.view': the window uses 4 to 19 of dimension 0 of size 16
// A window beside the base.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0 + 4)>} : memref<16xf32> -> memref<16xf32, strided<[1], offset: 4>>
  func.return
}

// -----

// CHECK: error: 'isa.view': 'guard_map' and 'guard_bounds' are given together or not at all
// A guard without bounds.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>, guard_map = affine_map<(d0) -> (d0)>} : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the guard has 2 results, but 1 bounds are given
// A guard with too few bounds.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>, guard_map = affine_map<(d0) -> (d0, d0)>, guard_bounds = array<i64: 3>}
        : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': the guard has 2 dimensions and 0 symbols, the map 1 and 0
// A guard with other dimensions.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>, guard_map = affine_map<(d0, d1) -> (d0)>, guard_bounds = array<i64: 3>}
        : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.view': guard bounds must be positive, got [0]
// A guard that nothing passes.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %v = isa.view %a {map = affine_map<(d0) -> (d0)>, guard_map = affine_map<(d0) -> (d0)>, guard_bounds = array<i64: 0>}
        : memref<16xf32> -> memref<16xf32>
  func.return
}

// -----

// CHECK: error: 'isa.move': a move needs equal shapes, got memref<64x8xf32> to memref<16xf32, @zmm>
// A move between shapes.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  isa.move %b to %r : memref<64x8xf32> to memref<16xf32, @zmm>
  func.return
}

// -----

// CHECK: error: 'isa.move': a move from f64 to f32 would convert
// A move that converts.
isa.import @avx512 from "avx512"
func.func @f(%a: memref<16xf32>, %b: memref<64x8xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %i: index) {
  %d = memref.alloc() : memref<16xf64>
  isa.move %d to %r : memref<16xf64> to memref<16xf32, @zmm>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @shift needs its parameter %bits: 'with {bits = ..}'
// A parameter without a value.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @shift(%dst: memref<4xi32, @mem>, %src: memref<4xi32, @mem>, %bits: i32)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%src : memref<4xi32, @mem>) outs(%dst : memref<4xi32, @mem>) {
    ^bb0(%x: i32, %old: i32):
      %y = arith.shrsi %x, %bits : i32
      linalg.yield %y : i32
    }
  }
}
func.func @f(%a: memref<4xi32>, %b: memref<4xi32>) {
  isa.invoke @t::@shift(%a, %b) : memref<4xi32>, memref<4xi32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': @shift has no parameter 'bit'; did you mean 'bits'?
// No such parameter.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @shift(%dst: memref<4xi32, @mem>, %src: memref<4xi32, @mem>, %bits: i32)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%src : memref<4xi32, @mem>) outs(%dst : memref<4xi32, @mem>) {
    ^bb0(%x: i32, %old: i32):
      %y = arith.shrsi %x, %bits : i32
      linalg.yield %y : i32
    }
  }
}
func.func @f(%a: memref<4xi32>, %b: memref<4xi32>) {
  isa.invoke @t::@shift(%a, %b) with {bits = 3 : i32, bit = 3 : i32} : memref<4xi32>, memref<4xi32>
  func.return
}

// -----

// CHECK: error: 'isa.invoke': parameter 'bits' of @shift is a i32, got 3 : i8
// A parameter of another type.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @shift(%dst: memref<4xi32, @mem>, %src: memref<4xi32, @mem>, %bits: i32)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%src : memref<4xi32, @mem>) outs(%dst : memref<4xi32, @mem>) {
    ^bb0(%x: i32, %old: i32):
      %y = arith.shrsi %x, %bits : i32
      linalg.yield %y : i32
    }
  }
}
func.func @f(%a: memref<4xi32>, %b: memref<4xi32>) {
  isa.invoke @t::@shift(%a, %b) with {bits = 3 : i8} : memref<4xi32>, memref<4xi32>
  func.return
}

// -----

// CHECK: error: 'isa.prefetch': the map has no dimensions and one result, the distance in elements
// A hint names one place.
func.func @f(%a: memref<4x4xf32>, %i: index) {
  isa.prefetch %a(%i) {map = affine_map<()[s0] -> (s0, 1)>, level = 1} : memref<4x4xf32>
  func.return
}

// -----

// CHECK: error: 'isa.prefetch': there are cache levels 1 to 3, not 4
func.func @f(%a: memref<4x4xf32>, %i: index) {
  isa.prefetch %a(%i) {map = affine_map<()[s0] -> (s0)>, level = 4} : memref<4x4xf32>
  func.return
}
