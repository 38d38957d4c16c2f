// RUN: isa-opt -p "map-instructions{target=avx512}" %s | filecheck %s
// RUN: isa-opt -p "map-instructions{target=avx512 explain}" %s 2>&1 | filecheck %s --check-prefix=EXPLAIN
// RUN: isa-opt -p "compile{target=avx512}" %s | filecheck %s --check-prefix=CODE

// A body that no single instruction computes is covered by several, with constants in registers.
// CHECK-LABEL: @bias_relu
// CHECK: #plan.mapping<@avx512::@maximum_ps, inputs = [0, 1], axes = [["n"]]
// CHECK-SAME: cover = [@add_ps(in0, in1), @maximum_ps(t0, 0.000000e+00 : f32)]>
// EXPLAIN: @maximum_ps does not fit
// EXPLAIN: @add_ps, then @maximum_ps with constant 0.0 fit together, along n; utilisation 100%, 2 calls each
// CODE-LABEL: @bias_relu
// CODE: isa.invoke @avx512::@setzero_ps(%[[ZERO:.*]]) :
// CODE: %[[SUM:.*]] = memref.alloc() : memref<16xf32, @zmm>
// CODE: isa.invoke @avx512::@add_ps(%[[SUM]], %{{.*}}, %{{.*}})
// CODE: isa.invoke @avx512::@maximum_ps(%{{.*}}, %[[SUM]], %[[ZERO]])
func.func @bias_relu(%a: memref<32xf32>, %b: memref<32xf32>, %y: memref<32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
      affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%a, %b : memref<32xf32>, memref<32xf32>) outs(%y : memref<32xf32>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%x: f32, %z: f32, %old: f32):
    %zero = arith.constant 0.0 : f32
    %s = arith.addf %x, %z : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  }
  func.return
}

// An instruction that overwrites accumulates by reading the old value: no instruction needs a move.
// CHECK-LABEL: @column_maximum
// CHECK: #plan.mapping<@avx512::@maximum_ps, inputs = [0], axes = [["n"]]
// CHECK-SAME: cover = [@maximum_ps(out, in0)]>
func.func @column_maximum(%a: memref<7x16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>],
      iterator_types = ["reduction", "parallel"]}
      ins(%a : memref<7x16xf32>) outs(%y : memref<16xf32>) attrs = {kernel.axes = ["m", "n"]} {
  ^bb0(%x: f32, %old: f32):
    %r = arith.maximumf %old, %x : f32
    linalg.yield %r : f32
  }
  func.return
}

// The last node accumulates into the output, a product before it has a register of its own.
// CHECK-LABEL: @scaled_product
// CHECK: cover = [@mul_ps(in0, in1), @fmadd_ps(t0, in2, out)]>
func.func @scaled_product(%a: memref<16xf32>, %b: memref<16xf32>, %c: memref<16xf32>,
    %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
      affine_map<(n) -> (n)>, affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%a, %b, %c : memref<16xf32>, memref<16xf32>, memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%u: f32, %v: f32, %w: f32, %old: f32):
    %p = arith.mulf %u, %v : f32
    %q = arith.mulf %p, %w : f32
    %r = arith.addf %old, %q : f32
    linalg.yield %r : f32
  }
  func.return
}

// What the machine lacks stays with the C compiler.
// CHECK-LABEL: @exponential
// CHECK-NOT: cover
// CHECK: #plan.mapping<@avx512::@expression
func.func @exponential(%a: memref<16xf32>, %y: memref<16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a : memref<16xf32>) outs(%y : memref<16xf32>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%x: f32, %old: f32):
    %e = math.exp %x : f32
    linalg.yield %e : f32
  }
  func.return
}
