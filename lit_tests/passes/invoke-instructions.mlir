// RUN: isa-opt %s -p align-statements,apply-schedule,invoke-instructions | filecheck %s

isa.import @avx512 from "avx512"

// What the schedule leaves is written out: here two tiles. Operands are in the instruction's order.
// CHECK-LABEL: func.func @scale
// CHECK:         scf.for %m
// CHECK-COUNT-2:   isa.invoke @avx512::@mul_ps(%{{[^ ]+}}, %{{[^ ]+}}, %{{[^ ]+}}) : memref<16xf32, {{.*}}@zmm>
// CHECK-NOT:       linalg.generic
// CHECK:         func.return
func.func @scale(%a: memref<3x32xf32>, %b: memref<32xf32>, %c: memref<3x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x32xf32>, memref<32xf32>) outs(%c : memref<3x32xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1, place in0 in @zmm, place in1 in @zmm, place out in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// 'isa.scalar' is loads, arithmetic and a store; a loop variable in the body is the loop's own.
// CHECK-LABEL: func.func @index
// CHECK:         scf.for %n
// CHECK:           %[[X:[^ ]+]] = memref.load
// CHECK:           %[[I:[^ ]+]] = arith.index_cast %n : index to i32
// CHECK-NEXT:      %[[S:[^ ]+]] = arith.addi %[[X]], %[[I]] : i32
// CHECK-NEXT:      memref.store %[[S]]
func.func @index(%a: memref<8xi32>, %c: memref<8xi32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a : memref<8xi32>) outs(%c : memref<8xi32>)
      attrs = {kernel.axes = ["n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0], axes = []>, [for n by 1]>} {
  ^bb0(%x: i32, %z: i32):
    %at = linalg.index 0 : index
    %i = arith.index_cast %at : index to i32
    %s = arith.addi %x, %i : i32
    linalg.yield %s : i32
  }
  func.return
}
