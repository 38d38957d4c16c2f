// RUN: isa-opt -p fuse-epilogues %s | filecheck %s
// RUN: isa-opt -p "fuse-epilogues,map-instructions{target=avx512},plan-schedule{target=avx512},align-statements,apply-schedule" %s | filecheck %s --check-prefix=NEST

// The bias goes to the product, whose names its axes get.
// CHECK-LABEL: @dense
// CHECK: kernel.axes = ["m", "n", "k"]}
// CHECK: kernel.axes = ["m", "n"], plan.epilogue}

// After the reduction, the sums are taken from their registers; nothing is left of %t.
// NEST-LABEL: @dense
// NEST-NOT: memref.alloc() : memref<8x16xf32>
// NEST: %[[SUMS:.*]] = memref.alloc() : memref<8x1x16xf32, @zmm>
// NEST: scf.for %k
// NEST: isa.view %[[SUMS]]
// NEST: arith.mulf
// NEST: isa.view %c
// NEST-NOT: arith.mulf
// NEST: isa.view %[[SUMS]]
// NEST: arith.addf
// NEST: isa.move %{{.*}} to %{{.*}} : memref<1x1x16xf32, @zmm> to
// NEST: func.return
func.func @dense(%a: memref<8x5xf32>, %b: memref<5x16xf32>, %c: memref<16xf32>,
    %y: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<8x16xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<8x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
      affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<8x5xf32>, memref<5x16xf32>) outs(%t : memref<8x16xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%x: f32, %w: f32, %old: f32):
    %p = arith.mulf %x, %w : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%t, %c : memref<8x16xf32>, memref<16xf32>) outs(%y : memref<8x16xf32>)
      attrs = {kernel.axes = ["i", "j"]} {
  ^bb0(%x: f32, %z: f32, %old: f32):
    %r = arith.addf %x, %z : f32
    linalg.yield %r : f32
  }
  func.return
}

// The sums are read twice: they stay in memory.
// CHECK-LABEL: @shared
// CHECK-NOT: plan.epilogue
func.func @shared(%a: memref<8x5xf32>, %y: memref<8xf32>, %z: memref<8xf32>) {
  %t = memref.alloc() : memref<8xf32>
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]} ins(%a : memref<8x5xf32>) outs(%t : memref<8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %s = arith.addf %old, %x : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>],
      iterator_types = ["parallel"]} ins(%t : memref<8xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %r = arith.negf %x : f32
    linalg.yield %r : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>],
      iterator_types = ["parallel"]} ins(%t : memref<8xf32>) outs(%z : memref<8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %r = arith.mulf %x, %x : f32
    linalg.yield %r : f32
  }
  func.return
}
