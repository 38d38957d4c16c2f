// RUN: isa-opt %s -p align-statements,apply-schedule,invoke-instructions --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: @mul_ps wants all of operand 'in1' in @zmm, but the schedule leaves it in @mem
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x32xf32>, %b: memref<32xf32>, %c: memref<3x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x32xf32>, memref<32xf32>) outs(%c : memref<3x32xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1, place in0 in @zmm, place out in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: the schedule leaves 8192 invocations to write out: add loops over m of 4096, n of 2
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<4096x32xf32>, %b: memref<32xf32>, %c: memref<4096x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<4096x32xf32>, memref<32xf32>) outs(%c : memref<4096x32xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [place in0 in @zmm, place in1 in @zmm, place out in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}
