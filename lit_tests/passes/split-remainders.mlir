// RUN: isa-opt -p "split-remainders{target=avx512}" %s | filecheck %s
// RUN: isa-opt -p "split-remainders{target=avx512},split-reductions{target=avx512},fuse-epilogues" %s | filecheck %s --check-prefix=LANES

// Of 35 columns 32 fill registers. What finishes the results, and the zeros before, are divided too.
// CHECK-LABEL: @dense
// CHECK-DAG: %[[MAIN:.*]] = memref.alloc() : memref<700x32xf32>
// CHECK-DAG: %[[REST:.*]] = memref.alloc() : memref<700x3xf32>
// CHECK-DAG: linalg.fill ins(%zero : f32) outs(%[[MAIN]]
// CHECK-DAG: linalg.fill ins(%zero : f32) outs(%[[REST]]
// CHECK: isa.view %b {{.*}} -> memref<32x2048xf32
// CHECK: linalg.generic {{.*}} outs(%[[MAIN]] : memref<700x32xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[MAIN]]
// CHECK: isa.view %b {{.*}} -> memref<3x2048xf32
// CHECK: linalg.generic {{.*}} outs(%[[REST]] : memref<700x3xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[REST]]

// The three run with lanes along k, and every statement has its epilogue.
// LANES-LABEL: @dense
// LANES: kernel.axes = ["m", "n", "k"]
// LANES: kernel.axes = ["m", "n"], plan.epilogue
// LANES: kernel.axes = ["m", "n", "k", "k_lane"]
// LANES: kernel.axes = ["m", "n", "k_lane"], plan.epilogue
func.func @dense(%a: memref<700x2048xf32>, %b: memref<2048x35xf32>, %y: memref<700x35xf32>) {
  %zero = arith.constant 0.0 : f32
  %t = memref.alloc() : memref<700x35xf32>
  linalg.fill ins(%zero : f32) outs(%t : memref<700x35xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<700x2048xf32>, memref<2048x35xf32>) outs(%t : memref<700x35xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%e: f32, %f: f32, %old: f32):
    %p = arith.mulf %e, %f : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%t : memref<700x35xf32>) outs(%y : memref<700x35xf32>) {
  ^bb0(%e: f32, %old: f32):
    %r = arith.maximumf %e, %zero : f32
    linalg.yield %r : f32
  }
  func.return
}

// The zeros just before a statement that nothing finishes.
// CHECK-LABEL: @plain
// CHECK: %[[MAIN:.*]] = isa.view %y {{.*}} -> memref<700x96xf32
// CHECK-NEXT: linalg.fill ins(%zero : f32) outs(%[[MAIN]]
// CHECK-NEXT: linalg.generic
// CHECK: %[[REST:.*]] = isa.view %y {{.*}} -> memref<700x4xf32
// CHECK-NEXT: linalg.fill ins(%zero : f32) outs(%[[REST]]
// CHECK-NEXT: linalg.generic
func.func @plain(%a: memref<700x2048xf32>, %b: memref<2048x100xf32>, %y: memref<700x100xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%y : memref<700x100xf32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<700x2048xf32>, memref<2048x100xf32>) outs(%y : memref<700x100xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%e: f32, %f: f32, %old: f32):
    %p = arith.mulf %e, %f : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// Thirteen of 16 lanes are full enough.
// CHECK-LABEL: @full
// CHECK-NOT: isa.view
// CHECK: func.return
func.func @full(%a: memref<70x2048xf32>, %b: memref<2048x45xf32>, %y: memref<70x45xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<70x2048xf32>, memref<2048x45xf32>) outs(%y : memref<70x45xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%e: f32, %f: f32, %old: f32):
    %p = arith.mulf %e, %f : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
