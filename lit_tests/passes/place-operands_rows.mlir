// RUN: isa-opt %s -p align-statements,place-operands | filecheck %s

isa.import @npu from "npu"

// Memories of rows hold every element once, as the instruction wants it: of 8 x 8 windows of 3 x 3 that overlap,
// 10 x 10 rows of 16 channels. What the loops use last lies next to each other. Results get rows for every
// block of 16 columns; they come in, as there is no fill before, and go out.
// CHECK-LABEL: func.func @conv
// CHECK:         %[[Y:[^ ]+]] = memref.alloc() : memref<128x16xi32, @acc>
// CHECK:         isa.move %{{.*}} to %{{.*}} : memref<2x8x1x8x16xi32, {{.*}} to memref<2x8x1x8x16xi32, @acc>
// CHECK:         %[[X:[^ ]+]] = memref.alloc() : memref<100x16xi8, @spad>
// CHECK:         isa.move %{{.*}} to %{{.*}} : memref<10x1x1x10x16xi8, {{.*}} to memref<10x1x1x10x16xi8, @spad>
// CHECK:         %[[IN:[^ ]+]] = isa.view %[[X]] {{.*}} -> memref<8x1x3x3x1x8x16xi8, strided<[160, 160, 160, 16, 160, 16, 1]>, @spad>
// CHECK:         memref.alloc() : memref<288x16xi8, @spad>
// CHECK:         linalg.generic
// CHECK-SAME:      ins(%[[IN]],
// CHECK-SAME:      [for o by 16, for p by 1, for r by 1, for s by 1]
// CHECK:         isa.move %{{.*}} to %{{.*}} : memref<2x8x1x8x16xi32, @acc> to
func.func @conv(%x: memref<10x10x16xi8>, %w: memref<3x3x16x32xi8>, %y: memref<8x8x32xi32>) {
  linalg.generic {indexing_maps = [affine_map<(p, q, o, r, s, c) -> (p + r, q + s, c)>, affine_map<(p, q, o, r, s, c) -> (r, s, c, o)>, affine_map<(p, q, o, r, s, c) -> (p, q, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : memref<10x10x16xi8>, memref<3x3x16x32xi8>) outs(%y : memref<8x8x32xi32>)
      attrs = {kernel.axes = ["p", "q", "o", "r", "s", "c"], plan.schedule = #plan.schedule<
        #plan.mapping<@npu::@multiply_i8, inputs = [0, 1], axes = [["q"], ["o"], ["c"]], extents = [8, 16, 16]>,
        [place out in @acc, place in0 in @spad, place in1 in @spad, for o by 16, for p by 1, for r by 1, for s by 1]>} {
  ^bb0(%a: i8, %b: i8, %z: i32):
    %u = arith.extsi %a : i8 to i32
    %v = arith.extsi %b : i8 to i32
    %m = arith.muli %u, %v : i32
    %t = arith.addi %z, %m : i32
    linalg.yield %t : i32
  }
  func.return
}

// The ends of the work are left out of what is brought in, and have places there; instructions that
// also do less do not touch them.
// CHECK-LABEL: func.func @ends
// CHECK:         memref.alloc() : memref<32x16xi8, @spad>
// CHECK:         isa.view {{.*}} guard_bounds = array<i64: 20>} : memref<32x16xi8, @spad>
// CHECK:         isa.move
// CHECK:         linalg.generic
func.func @ends(%a: memref<32x16xi8>, %b: memref<16x20xi8>, %c: memref<32x20xi32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<32x16xi8>, memref<16x20xi8>) outs(%c : memref<32x20xi32>)
      attrs = {kernel.axes = ["m", "n", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@npu::@multiply_i8, inputs = [0, 1], axes = [["m"], ["n"], ["k"]], extents = [32, 16, 16]>,
        [place in1 in @spad, for n by 16]>} {
  ^bb0(%x: i8, %y: i8, %z: i32):
    %u = arith.extsi %x : i8 to i32
    %v = arith.extsi %y : i8 to i32
    %p = arith.muli %u, %v : i32
    %s = arith.addi %z, %p : i32
    linalg.yield %s : i32
  }
  func.return
}
