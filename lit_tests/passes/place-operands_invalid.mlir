// RUN: isa-opt %s -p align-statements,place-operands --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: 'place in1 in @zm': @avx512 has no memory 'zm'
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [place in1 in @zm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: the schedule places 'in2', but the statement's operands are in0, in1, out
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["n"]]>,
        [place in2 in @zmm]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: 'place out in @mem': several iterations write one element, so it cannot be placed
isa.import @avx512 from "avx512"
func.func @scatter(%x: memref<40xf32>, %w: memref<3xf32>, %o: memref<42xf32>) {
  linalg.generic {indexing_maps = [affine_map<(p, r) -> (p)>, affine_map<(p, r) -> (r)>, affine_map<(p, r) -> (p + r)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : memref<40xf32>, memref<3xf32>) outs(%o : memref<42xf32>)
      attrs = {kernel.axes = ["p", "r"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0, 1], axes = []>, [place out in @mem]>} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %q = arith.mulf %a, %b : f32
    %s = arith.addf %c, %q : f32
    linalg.yield %s : f32
  }
  func.return
}
