// RUN: isa-opt %s -p align-statements,apply-schedule | filecheck %s

isa.import @avx512 from "avx512"

// Loops and placements take turns: the row of b is in registers for all m, one tile of the others
// for each n.
// CHECK-LABEL: func.func @scale
// CHECK:         memref.alloc() : memref<2x16xf32, @zmm>
// CHECK-NEXT:    isa.move
// CHECK:         scf.for %m
// CHECK:           scf.for %n
// CHECK:             %[[A:[^ ]+]] = memref.alloc() : memref<1x1x16xf32, @zmm>
// CHECK-NEXT:        isa.move
// CHECK:             %[[C:[^ ]+]] = memref.alloc() : memref<1x1x16xf32, @zmm>
// CHECK-NEXT:        linalg.generic
// CHECK-SAME:          ins(%[[A]], {{.*}}) outs(%[[C]] : {{.*}})
// CHECK-SAME:          #plan.schedule<#plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>, []>
// CHECK:             isa.move %[[C]]
func.func @scale(%a: memref<3x32xf32>, %b: memref<32xf32>, %c: memref<3x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x32xf32>, memref<32xf32>) outs(%c : memref<3x32xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [place in1 in @zmm, for m by 1, for n by 16, place in0 in @zmm, place out in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}
