// RUN: isa-opt -p "fuse-loops{target=avx512}" %s | filecheck %s
// RUN: isa-opt -p "fuse-loops{target=avx512 rows=100 threads=2}" %s | filecheck %s --check-prefix=ROWS

// 4096 rows of 512 numbers are 8 MiB; a block of %t and what it is made of and what becomes of it
// are half of the second cache level.
// CHECK-LABEL: @twice
// CHECK: scf.for %block
// CHECK-NEXT: %[[T:.*]] = memref.alloc() : memref<64x512xf32>
// CHECK-NEXT: %[[Y:.*]] = isa.view %y(%block)
// CHECK-NEXT: %[[X:.*]] = isa.view %x(%block)
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[X]] {{.*}} outs(%[[T]]
// CHECK: linalg.fill {{.*}} outs(%[[Y]]
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[T]], %w {{.*}} outs(%[[Y]]
// CHECK: func.return

// 40 blocks of 100 rows on two threads, and what is left over.
// ROWS-LABEL: @twice
// ROWS: scf.for %block
// ROWS: memref.alloc() : memref<100x512xf32>
// ROWS: } {plan.parallel}
// ROWS: memref.alloc() : memref<96x512xf32>
func.func @twice(%x: memref<4096x512xf32>, %w: memref<512x16xf32>, %y: memref<4096x16xf32>) {
  %t = memref.alloc() : memref<4096x512xf32>
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<4096x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4096x512xf32>) outs(%t : memref<4096x512xf32>) {
  ^bb0(%a: f32, %old: f32):
    %b = arith.addf %a, %a : f32
    linalg.yield %b : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %w : memref<4096x512xf32>, memref<512x16xf32>) outs(%y : memref<4096x16xf32>) {
  ^bb0(%a: f32, %b: f32, %old: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// A weight of 4 MiB would go out of the cache in every block instead.
// CHECK-LABEL: @heavy
// CHECK-NOT: scf.for
// CHECK: func.return
func.func @heavy(%x: memref<4096x512xf32>, %w: memref<512x2048xf32>, %t: memref<4096x512xf32>, %y: memref<4096x2048xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4096x512xf32>) outs(%t : memref<4096x512xf32>) {
  ^bb0(%a: f32, %old: f32):
    %b = arith.addf %a, %a : f32
    linalg.yield %b : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%t, %w : memref<4096x512xf32>, memref<512x2048xf32>) outs(%y : memref<4096x2048xf32>) {
  ^bb0(%a: f32, %b: f32, %old: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
