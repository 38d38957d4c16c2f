// RUN: isa-opt -p "split-reductions{target=avx512}" %s | filecheck %s

// Lanes along k, where %a is contiguous; 1000 is 62 rows of 16 lanes and 8 more.
// CHECK-LABEL: @dot
// CHECK: %[[PARTIAL:.*]] = memref.alloc() : memref<64x16xf32>
// CHECK: linalg.fill ins(%{{.*}} : f32) outs(%[[PARTIAL]]
// CHECK: isa.view %a {{.*}} -> memref<64x8xf32
// CHECK: kernel.axes = ["m", "k_lane"]
// CHECK: isa.view %a {{.*}} -> memref<64x62x16xf32
// CHECK: kernel.axes = ["m", "k", "k_lane"]
// CHECK: iterator_types = ["parallel", "reduction"]} ins(%[[PARTIAL]] {{.*}} outs(%y
// CHECK-SAME: kernel.axes = ["m", "k_lane"]
func.func @dot(%a: memref<64x1000xf32>, %x: memref<1000xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>,
      affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %x : memref<64x1000xf32>, memref<1000xf32>) outs(%y : memref<64xf32>)
      attrs = {kernel.axes = ["m", "k"]} {
  ^bb0(%e: f32, %f: f32, %old: f32):
    %p = arith.mulf %e, %f : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// Here the lanes lie along m.
// CHECK-LABEL: @columns
// CHECK-NOT: memref.alloc
// CHECK: func.return
func.func @columns(%a: memref<1000x64xf32>, %x: memref<1000xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (k, m)>, affine_map<(m, k) -> (k)>,
      affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%a, %x : memref<1000x64xf32>, memref<1000xf32>) outs(%y : memref<64xf32>)
      attrs = {kernel.axes = ["m", "k"]} {
  ^bb0(%e: f32, %f: f32, %old: f32):
    %p = arith.mulf %e, %f : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
