// RUN: isa-opt %s -p align-statements,tile-statements | filecheck %s

isa.import @avx512 from "avx512"

// Two full tiles of 32 make the loop; the third tile has absent elements and leaves it. Loop
// variables count elements; the guard is gone where it always holds.
// CHECK-LABEL: func.func @scale
// CHECK:         %[[STOP:[^ ]+]] = arith.constant 64 : index
// CHECK-NEXT:    %[[STEP:[^ ]+]] = arith.constant 32 : index
// CHECK-NEXT:    scf.for %n = %{{[^ ]+}} to %[[STOP]] step %[[STEP]] {
// CHECK-NEXT:      isa.view %a(%n) {map = affine_map<(d0, d1, d2)[s0] -> (d0, ((s0 + (d1 * 16)) + d2))>{{.*}} -> memref<3x2x16xf32
// CHECK:           linalg.generic
// CHECK-SAME:        [place out in @zmm]>
// CHECK:         }
// CHECK:         isa.view %a {map = affine_map<(d0, d1, d2) -> (d0, (((d1 * 16) + d2) + 64))>, guard_map = {{.*}}, guard_bounds = array<i64: 72>} : memref<3x72xf32> -> memref<3x1x16xf32
// CHECK:         linalg.generic
func.func @scale(%a: memref<3x72xf32>, %b: memref<72xf32>, %c: memref<3x72xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x72xf32>, memref<72xf32>) outs(%c : memref<3x72xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for n by 32, place out in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// The iterations of a parallel loop may run at the same time; those of 'unroll' are written out.
// CHECK-LABEL: func.func @kinds
// CHECK:         scf.for %m
// CHECK-COUNT-2:   linalg.generic
// CHECK:         } {plan.parallel}
func.func @kinds(%a: memref<3x32xf32>, %b: memref<32xf32>, %c: memref<3x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x32xf32>, memref<32xf32>) outs(%c : memref<3x32xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [parallel m by 1, unroll n by 16]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// A fill goes along, into the loops over what it fills.
// CHECK-LABEL: func.func @sums
// CHECK-NOT:     linalg.fill
// CHECK:         scf.for %m
// CHECK:           linalg.fill
// CHECK:           scf.for %k
// CHECK-NOT:         linalg.fill
// CHECK:             linalg.generic
func.func @sums(%a: memref<4x6xf32>, %c: memref<4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<4xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]} ins(%a : memref<4x6xf32>) outs(%c : memref<4xf32>)
      attrs = {kernel.axes = ["m", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0], axes = []>, [for m by 1, for k by 1]>} {
  ^bb0(%x: f32, %z: f32):
    %s = arith.addf %z, %x : f32
    linalg.yield %s : f32
  }
  func.return
}

// An epilogue follows into both loops; what it reads along n alone is cut in the outer one.
// CHECK-LABEL: func.func @epilogue
// CHECK:         scf.for %n
// CHECK:           %[[BIAS:[^ ]+]] = isa.view %c(%n)
// CHECK:           scf.for %m
// CHECK:             linalg.fill
// CHECK:             linalg.generic
// CHECK:             linalg.generic
// CHECK-SAME:          ins(%{{[^ ]+}}, %[[BIAS]] :
func.func @epilogue(%a: memref<8x5xf32>, %b: memref<5x16xf32>, %c: memref<16xf32>, %y: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<8x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<8x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
      affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x5xf32>, memref<5x16xf32>) outs(%t : memref<8x16xf32>)
      attrs = {kernel.axes = ["m", "n", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0, 1], axes = []>, [for n by 4, for m by 2]>} {
  ^bb0(%x: f32, %w: f32, %old: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]} ins(%t, %c : memref<8x16xf32>, memref<16xf32>) outs(%y : memref<8x16xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.epilogue, plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0, 1], axes = []>, []>} {
  ^bb0(%x: f32, %d: f32, %old: f32):
    %r = arith.addf %x, %d : f32
    linalg.yield %r : f32
  }
  func.return
}
