// RUN: isa-opt %s -p align-statements,tile-statements --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: the schedule has a loop over 'k', but the statement's axes are m, n
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for k by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: 'for n by 24': the instruction takes 16 elements of 'n' at a time, so the size must be a multiple of 16
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for n by 24]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: 'parallel k by 1': iterations write the same elements, so they cannot run in parallel
isa.import @avx512 from "avx512"
func.func @sum(%a: memref<8xf32>, %c: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>],
      iterator_types = ["reduction"]} ins(%a : memref<8xf32>) outs(%c : memref<f32>)
      attrs = {kernel.axes = ["k"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0], axes = []>, [parallel k by 1]>} {
  ^bb0(%x: f32, %z: f32):
    %s = arith.addf %z, %x : f32
    linalg.yield %s : f32
  }
  func.return
}
