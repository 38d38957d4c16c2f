// RUN: isa-opt %s -p "transform-statements{target=avx512}" | filecheck %s

// A product of three is split by distributivity: what only two of them are summed over goes first.
// CHECK:      %[[PARTIAL:partial[_0-9]*]] = linalg.generic {{.*}} ins(%b, %c : {{.*}}kernel.axes = ["j", "k", "l"]
// CHECK-SAME: kernel.chain = ["distribute: b * c is summed over l before the rest comes in"]
// CHECK:      linalg.generic {{.*}} ins(%a, %[[PARTIAL]] : {{.*}}kernel.axes = ["i", "j", "k"]
// CHECK-NOT:  linalg.generic
func.func @chain(%a: tensor<16x16xf32>, %b: tensor<16x24xf32>, %c: tensor<24x16xf32>) -> tensor<16x16xf32> {
  %0 = arith.constant 0.0 : f32
  %1 = tensor.empty() : tensor<16x16xf32>
  %2 = linalg.fill ins(%0 : f32) outs(%1 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %3 = linalg.generic {indexing_maps = [
        affine_map<(i, j, k, l) -> (i, k)>, affine_map<(i, j, k, l) -> (k, l)>,
        affine_map<(i, j, k, l) -> (l, j)>, affine_map<(i, j, k, l) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%a, %b, %c : tensor<16x16xf32>, tensor<16x24xf32>, tensor<24x16xf32>)
      outs(%2 : tensor<16x16xf32>) attrs = {kernel.axes = ["i", "j", "k", "l"]} {
  ^bb0(%x: f32, %y: f32, %z: f32, %old: f32):
    %4 = arith.mulf %x, %y : f32
    %5 = arith.mulf %4, %z : f32
    %6 = arith.addf %old, %5 : f32
    linalg.yield %6 : f32
  } -> tensor<16x16xf32>
  func.return %3 : tensor<16x16xf32>
}
