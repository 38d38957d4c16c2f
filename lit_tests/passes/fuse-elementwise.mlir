// RUN: isa-opt -p fuse-elementwise %s | filecheck %s

// CHECK-LABEL: @twice
// CHECK: linalg.generic {{.*}} ins(%a, %b : tensor<64xf32>, tensor<64xf32>)
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: arith.mulf %[[SUM]], %[[SUM]]
// CHECK-NOT: linalg.generic
// CHECK: func.return
func.func @twice(%a: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
      affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%a, %b : tensor<64xf32>, tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%x: f32, %y: f32, %old: f32):
    %0 = arith.addf %x, %y : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%s : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = arith.mulf %x, %x : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  func.return %r : tensor<64xf32>
}

// Every element of %s is read four times: it is computed once.
// CHECK-LABEL: @repeated
// CHECK: linalg.generic
// CHECK: linalg.generic
func.func @repeated(%a: tensor<64xf32>) -> tensor<4x64xf32> {
  %e = tensor.empty() : tensor<64xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a : tensor<64xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = math.exp %x : f32
    linalg.yield %0 : f32
  } -> tensor<64xf32>
  %f = tensor.empty() : tensor<4x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]} ins(%s : tensor<64xf32>) outs(%f : tensor<4x64xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = arith.mulf %x, %x : f32
    linalg.yield %0 : f32
  } -> tensor<4x64xf32>
  func.return %r : tensor<4x64xf32>
}
