// A schedule may be written by hand, so its mapping is checked.
// RUN: isa-opt %s -p align-statements --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: @avx512::@mul_ps does not compute this statement with inputs = [0, 1], axes = {{\[\["k"\]\]}}
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 1], axes = [["k"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: @avx512::@mul_ps does not compute this statement with inputs = [0, 0], axes = {{\[\["n"\]\]}}
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mul_ps, inputs = [0, 0], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: @avx512::@add_ps does not compute this statement
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@add_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: @avx512::@expression takes every input in its place and has no axes
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@expression, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: @avx512 has no instruction @mull_ps
isa.import @avx512 from "avx512"
func.func @scale(%a: memref<3x40xf32>, %b: memref<40xf32>, %c: memref<3x40xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : memref<3x40xf32>, memref<40xf32>) outs(%c : memref<3x40xf32>)
      attrs = {kernel.axes = ["m", "n"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@mull_ps, inputs = [0, 1], axes = [["n"]]>,
        [for m by 1]>} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}

// -----

// CHECK: error: the statement reads a while it writes a, which is the same memory
func.func @in_place(%a: memref<5x5xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n, m) -> (m, n)>, affine_map<(n, m) -> (n, m)>],
      iterator_types = ["parallel", "parallel"]} ins(%a : memref<5x5xf32>) outs(%a : memref<5x5xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  func.return
}
