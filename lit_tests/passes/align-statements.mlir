// RUN: isa-opt %s -p align-statements | filecheck %s

isa.import @avx512 from "avx512"

// Axis n of 40 becomes 3 tiles of 16 lanes; what lies beyond its end is guarded. The inputs are in
// the order of the instruction's operands, and so are the body's arguments.
// CHECK-LABEL: func.func @scale
// CHECK-NEXT:    %[[A:[^ ]+]] = isa.view %a {map = affine_map<(d0, d1, d2) -> (d0, ((d1 * 16) + d2))>, guard_map = affine_map<(d0, d1, d2) -> (((d1 * 16) + d2))>, guard_bounds = array<i64: 40>} : memref<3x40xf32> -> memref<3x3x16xf32, strided<[40, 16, 1]>>
// CHECK-NEXT:    %[[B:[^ ]+]] = isa.view %b {{.*}}guard_bounds = array<i64: 40>} : memref<40xf32> -> memref<3x16xf32>
// CHECK-NEXT:    %[[C:[^ ]+]] = isa.view %c
// CHECK-NEXT:    linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>]
// CHECK-SAME:      ins(%[[A]], %[[B]] : {{.*}}) outs(%[[C]] : {{.*}})
// CHECK-SAME:      kernel.axes = ["m", "n", "n.i"]
// CHECK-SAME:      plan.lanes = 1 : i64
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// A sum into a cleared buffer: the clearing goes to just before the statement, on the same window.
// The input that does not move along an instruction's axis is repeated along it.
// CHECK-LABEL: func.func @gemm
// CHECK:         %[[X:[^ ]+]] = isa.view %a {map = affine_map<(d0, d1, d2) -> (d0, d1)>} : memref<2x3xf32> -> memref<2x3x16xf32, strided<[3, 1, 0]>>
// CHECK:         %[[OUT:[^ ]+]] = isa.view %c
// CHECK-NEXT:    linalg.fill ins(%zero : f32) outs(%[[OUT]]
// CHECK-NEXT:    linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction", "parallel"]
func.func @gemm(%a: memref<2x3xf32>, %b: memref<3x32xf32>, %c: memref<2x32xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<2x32xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<2x3xf32>, memref<3x32xf32>) outs(%c : memref<2x32xf32>)
      attrs = {kernel.axes = ["m", "n", "k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>, [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// A product on an instruction that accumulates: its output starts from -0.0, which changes nothing.
// CHECK-LABEL: func.func @product
// CHECK:         %[[ZERO:[^ ]+]] = arith.constant -0.000000e+00 : f32
// CHECK-NEXT:    linalg.fill ins(%[[ZERO]] : f32)
// CHECK-NEXT:    linalg.generic
// CHECK:         arith.addf %z, %p : f32
func.func @product(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// A copy needs no instruction that computes: it is a move.
// CHECK-LABEL: func.func @transpose
// CHECK-NEXT:    %[[FROM:[^ ]+]] = isa.view %a {map = affine_map<(d0, d1) -> (d1, d0)>}
// CHECK-NEXT:    isa.move %[[FROM]] to %b
func.func @transpose(%a: memref<3x5xf32>, %b: memref<5x3xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n, m) -> (m, n)>, affine_map<(n, m) -> (n, m)>],
      iterator_types = ["parallel", "parallel"]} ins(%a : memref<3x5xf32>) outs(%b : memref<5x3xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  func.return
}
