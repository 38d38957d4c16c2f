// RUN: isa-opt %s | isa-opt | filecheck %s
// RUN: isa-opt %s --print-op-generic | isa-opt | filecheck %s
// RUN: isa-opt %s -p cse,dce,canonicalize | filecheck %s --check-prefix=KEPT

// CHECK: isa.target @simd attributes {summary = "four floats at once", features = ["sse"], c.headers = ["xmmintrin.h"], c.flags = ["-msse"]} {
isa.target @simd attributes {
    summary = "four floats at once", features = ["sse"],
    c.headers = ["xmmintrin.h"], c.flags = ["-msse"]} {

  // CHECK-NEXT: isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 49152, bandwidth = 128>, #isa.level<"L2", bytes = 2097152, bandwidth = 64>]}
  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 49152, bandwidth = 128>,
    #isa.level<"L2", bytes = 2097152, bandwidth = 64>]}
  // CHECK-NEXT: isa.memory @pad scratchpad {bytes = 262144 : i64}
  isa.memory @pad scratchpad {bytes = 262144 : i64}
  // CHECK-NEXT: isa.memory @xmm register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.memory @xmm register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  // CHECK-NEXT: isa.unit @load {count = 2 : i64}
  isa.unit @load {count = 2 : i64}
  // CHECK-NEXT: isa.unit @alu
  isa.unit @alu

  // CHECK-NEXT: isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>
  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>

  // CHECK-NEXT: isa.instruction @loadu_ps(%dst: memref<4xf32, @xmm>, %src: memref<4xf32, @mem>) on @load cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
  // CHECK-NEXT:   linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @xmm>)
  // CHECK-NEXT: }
  isa.instruction @loadu_ps(%dst: memref<4xf32, @xmm>, %src: memref<4xf32, @mem>)
      on @load cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @xmm>)
  }

  // CHECK-NEXT: isa.instruction @add_ps(%dst: memref<4xf32, @xmm>, %a: memref<4xf32, @xmm>, %b: memref<4xf32, @xmm>) on @alu cost<latency = 4, interval = 1> {
  // CHECK-NEXT:   linalg.generic
  isa.instruction @add_ps(
      %dst: memref<4xf32, @xmm>, %a: memref<4xf32, @xmm>, %b: memref<4xf32, @xmm>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf32, @xmm>, memref<4xf32, @xmm>) outs(%dst : memref<4xf32, @xmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // CHECK:      isa.instruction @fill(%dst: memref<16xf32, strided<[?]>, @pad>) on @alu cost<latency = 9, interval = 4> c "fill({dst}, {dst.stride0});" attributes {note = "any stride"} {
  // CHECK-NEXT:   %zero = arith.constant 0.000000e+00 : f32
  // CHECK-NEXT:   linalg.fill ins(%zero : f32) outs(%dst : memref<16xf32, strided<[?]>, @pad>)
  // CHECK-NEXT: }
  isa.instruction @fill(%dst: memref<16xf32, strided<[?]>, @pad>)
      on @alu cost<latency = 9, interval = 4> c "fill({dst}, {dst.stride0});"
      attributes {note = "any stride"} {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : memref<16xf32, strided<[?]>, @pad>)
  }

  // CHECK-NEXT: isa.instruction @transfer(%dst: memref<16xf32, @pad>, %src: memref<?xf32, @mem>) on @load cost<latency = 9, interval = 4> c "if ({src.size0}) {{.*}} transfer({dst}, {src}, {src.size0}); {{.*}}" {
  // CHECK-NEXT:   kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<16xf32, @pad>)
  // CHECK-NEXT: }
  isa.instruction @transfer(%dst: memref<16xf32, @pad>, %src: memref<?xf32, @mem>)
      on @load cost<latency = 9, interval = 4>
      c "if ({src.size0}) {{ transfer({dst}, {src}, {src.size0}); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<16xf32, @pad>)
  }
}

// CHECK: isa.target @empty {
// CHECK-NEXT: }
isa.target @empty {
}

// CHECK-NEXT: isa.import @avx512 from "avx512"
isa.import @avx512 from "avx512"

// CHECK: func.func @program
func.func @program(%a: memref<700x2048xf32>, %acc: memref<4xf32, @xmm>, %i: index, %j: index) {
  // Windows: a tile, a column as a row, one element everywhere, overlapping rows.
  // CHECK-NEXT: %tile = isa.view %a(%i, %j) {map = affine_map<(d0, d1)[s0, s1] -> ((s0 + d0), (s1 + (d1 * 16)))>} : memref<700x2048xf32> -> memref<8x16xf32, strided<[2048, 16], offset: ?>>
  %tile = isa.view %a(%i, %j) {map = affine_map<(d0, d1)[s0, s1] -> (s0 + d0, s1 + 16 * d1)>}
    : memref<700x2048xf32> -> memref<8x16xf32, strided<[2048, 16], offset: ?>>
  // CHECK-NEXT: isa.prefetch %a(%i) {map = affine_map<()[s0] -> ((s0 * 2048))>, level = 1 : i64} : memref<700x2048xf32>
  isa.prefetch %a(%i) {map = affine_map<()[s0] -> (2048 * s0)>, level = 1} : memref<700x2048xf32>
  // CHECK-NEXT: %column = isa.view %a(%j) {map = affine_map<(d0)[s0] -> (d0, s0)>} : memref<700x2048xf32> -> memref<700xf32, strided<[2048], offset: ?>>
  %column = isa.view %a(%j) {map = affine_map<(d0)[s0] -> (d0, s0)>}
    : memref<700x2048xf32> -> memref<700xf32, strided<[2048], offset: ?>>
  // CHECK-NEXT: %same = isa.view %a {map = affine_map<(d0) -> (3, 5)>} : memref<700x2048xf32> -> memref<4xf32, strided<[0], offset: 6149>>
  %same = isa.view %a {map = affine_map<(d0) -> (3, 5)>}
    : memref<700x2048xf32> -> memref<4xf32, strided<[0], offset: 6149>>
  // CHECK-NEXT: %overlapping = isa.view %a {map = affine_map<(d0, d1) -> (0, (d0 + d1))>} : memref<700x2048xf32> -> memref<8x3xf32, strided<[1, 1]>>
  %overlapping = isa.view %a {map = affine_map<(d0, d1) -> (0, d0 + d1)>}
    : memref<700x2048xf32> -> memref<8x3xf32, strided<[1, 1]>>
  // Beyond the last row there are zeros.
  // CHECK-NEXT: %padded = isa.view %a(%i) {map = affine_map<(d0)[s0] -> ((s0 + d0), 0)>, guard_map = affine_map<(d0)[s0] -> ((s0 + d0))>, guard_bounds = array<i64: 700>} : memref<700x2048xf32> -> memref<4xf32, strided<[2048], offset: ?>>
  %padded = isa.view %a(%i) {map = affine_map<(d0)[s0] -> (s0 + d0, 0)>,
      guard_map = affine_map<(d0)[s0] -> (s0 + d0)>, guard_bounds = array<i64: 700>}
    : memref<700x2048xf32> -> memref<4xf32, strided<[2048], offset: ?>>
  // CHECK-NEXT: isa.move %padded to %acc : memref<4xf32, strided<[2048], offset: ?>> to memref<4xf32, @xmm>
  isa.move %padded to %acc : memref<4xf32, strided<[2048], offset: ?>> to memref<4xf32, @xmm>
  // CHECK-NEXT: %row = isa.view %a(%i) {map = affine_map<(d0)[s0] -> (s0, d0)>} : memref<700x2048xf32> -> memref<4xf32, strided<[1], offset: ?>>
  %row = isa.view %a(%i) {map = affine_map<(d0)[s0] -> (s0, d0)>}
    : memref<700x2048xf32> -> memref<4xf32, strided<[1], offset: ?>>
  // CHECK-NEXT: isa.invoke @simd::@loadu_ps(%acc, %row) : memref<4xf32, @xmm>, memref<4xf32, strided<[1], offset: ?>>
  isa.invoke @simd::@loadu_ps(%acc, %row) : memref<4xf32, @xmm>, memref<4xf32, strided<[1], offset: ?>>
  func.return
}

// Views without a use go away; moves and invocations stay, and what they say twice as well.
// KEPT:      func.func @program
// KEPT:   %padded = isa.view
// KEPT-NEXT:   isa.move
// KEPT-NEXT:   %row = isa.view
// KEPT-NEXT:   isa.invoke
// KEPT-NEXT:   func.return
