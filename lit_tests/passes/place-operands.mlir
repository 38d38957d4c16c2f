// RUN: isa-opt %s -p align-statements,place-operands | filecheck %s

isa.import @avx512 from "avx512"

// In registers a buffer has the instruction's lanes, whole. An output that is overwritten is only
// moved out. Dimensions are in the order of the loops that follow.
// CHECK-LABEL: func.func @scale
// CHECK:         %[[FROM:[^ ]+]] = isa.view %b
// CHECK-NEXT:    %[[B:[^ ]+]] = memref.alloc() : memref<3x16xf32, @zmm>
// CHECK-NEXT:    isa.move %[[FROM]] to %[[B]]
// CHECK-NEXT:    %[[TO:[^ ]+]] = isa.view %c {map = affine_map<(d0, d1, d2) -> (d1, ((d0 * 16) + d2))>{{.*}} -> memref<3x3x16xf32
// CHECK-NEXT:    %[[C:[^ ]+]] = memref.alloc() : memref<3x3x16xf32, @zmm>
// CHECK-NOT:     isa.move
// CHECK:         linalg.generic
// CHECK-SAME:      [for n by 16, for m by 1]>
// CHECK:         isa.move %[[C]] to %[[TO]]
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [place in1 in @zmm, place out in @zmm, for n by 16, for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// In host memory, a dimension along which nothing changes is left out.
// CHECK-LABEL: func.func @panel
// CHECK:         memref.alloc() : memref<3x2xf32>
func.func @panel(%a: memref<2x3xf32>, %b: memref<3x32xf32>, %c: memref<2x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<2x3xf32>, memref<3x32xf32>) outs(%c : memref<2x32xf32>)
      attrs = {kernel.axes = ["m", "n", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>, [place in0 in @mem, for k by 1, for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// What a step says of buffers, the allocation says to double-buffer.
// CHECK-LABEL: func.func @buffers
// CHECK:         memref.alloc() {plan.buffers = 3 : i64} : memref<3x2xf32>
func.func @buffers(%a: memref<2x3xf32>, %b: memref<3x32xf32>, %c: memref<2x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<2x3xf32>, memref<3x32xf32>) outs(%c : memref<2x32xf32>)
      attrs = {kernel.axes = ["m", "n", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>, [place in0 in @mem buffers 3, for k by 1, for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
