// RUN: isa-opt %s -p "compile{target=scalar threads=2}" -t c | filecheck %s

// Buffers are static, one per thread; in a parallel loop a buffer from outside is the caller's.
// CHECK:      static _Thread_local _Alignas(64) float h_data[21];
// CHECK-NEXT: float *const h = h_data;
// CHECK:      #pragma omp parallel for
// CHECK:      h[
func.func @layers(%x: tensor<3x5xf32>, %v: tensor<5x7xf32>, %w: tensor<7x4xf32>) -> tensor<3x4xf32> {
  %h = kernel.contract "mk,kn->mn"(%x, %v) : (tensor<3x5xf32>, tensor<5x7xf32>) -> tensor<3x7xf32>
  %y = kernel.contract "mk,kn->mn"(%h, %w) : (tensor<3x7xf32>, tensor<7x4xf32>) -> tensor<3x4xf32>
  func.return %y : tensor<3x4xf32>
}
