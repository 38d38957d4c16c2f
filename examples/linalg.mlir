// Named operations as upstream MLIR writes them: products of i8, a depthwise layer, a contraction, a softmax
func.func @forms(%a: tensor<2x9x16xi8>, %b: tensor<2x16x17xi8>, %x: tensor<1x9x9x18xf32>, %w: tensor<3x3x18xf32>,
                 %m: tensor<18x16xf32>) -> (tensor<2x9x17xi32>, tensor<16x16xf32>) {
  %c0 = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<2x9x17xi32>
  %z0 = linalg.fill ins(%c0 : i32) outs(%e0 : tensor<2x9x17xi32>) -> tensor<2x9x17xi32>
  %0 = linalg.batch_matmul ins(%a, %b : tensor<2x9x16xi8>, tensor<2x16x17xi8>) outs(%z0 : tensor<2x9x17xi32>)
      -> tensor<2x9x17xi32>
  %c1 = arith.constant 0.0 : f32
  %e1 = tensor.empty() : tensor<1x4x4x18xf32>
  %z1 = linalg.fill ins(%c1 : f32) outs(%e1 : tensor<1x4x4x18xf32>) -> tensor<1x4x4x18xf32>
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : tensor<2xi64>}
      ins(%x, %w : tensor<1x9x9x18xf32>, tensor<3x3x18xf32>) outs(%z1 : tensor<1x4x4x18xf32>) -> tensor<1x4x4x18xf32>
  %2 = tensor.collapse_shape %1 [[0, 1, 2], [3]] : tensor<1x4x4x18xf32> into tensor<16x18xf32>
  %e2 = tensor.empty() : tensor<16x16xf32>
  %z2 = linalg.fill ins(%c1 : f32) outs(%e2 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %3 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
                                        affine_map<(m, n, k) -> (m, n)>]
      ins(%2, %m : tensor<16x18xf32>, tensor<18x16xf32>) outs(%z2 : tensor<16x16xf32>) -> tensor<16x16xf32>
  %4 = linalg.map { math.absf } ins(%3 : tensor<16x16xf32>) outs(%e2 : tensor<16x16xf32>)
  %5 = linalg.softmax dimension(1) ins(%4 : tensor<16x16xf32>) outs(%e2 : tensor<16x16xf32>) -> tensor<16x16xf32>
  func.return %0, %5 : tensor<2x9x17xi32>, tensor<16x16xf32>
}
