// A block of MobileNetV2: expand the channels, convolve each, project back, add the input
func.func @block(%x: tensor<1x14x14x16xf32>, %expand: tensor<1x1x16x48xf32>, %b0: tensor<48xf32>,
                 %depthwise: tensor<3x3x48xf32>, %b1: tensor<48xf32>,
                 %project: tensor<1x1x48x16xf32>, %b2: tensor<16xf32>) -> tensor<1x14x14x16xf32> {
  // Batch norms are folded into weights and biases; relu6 is a clamp.
  %0 = kernel.conv %x, %expand bias %b0 {layout = "nhwc", clamp = [0.0, 6.0]}
      : tensor<1x14x14x16xf32>, tensor<1x1x16x48xf32>, tensor<48xf32> -> tensor<1x14x14x48xf32>
  %1 = kernel.depthwise_conv %0, %depthwise bias %b1 {layout = "nhwc", padding = [1, 1], clamp = [0.0, 6.0]}
      : tensor<1x14x14x48xf32>, tensor<3x3x48xf32>, tensor<48xf32> -> tensor<1x14x14x48xf32>
  // The projection is linear; the residual is added in its epilogue.
  %2 = kernel.conv %1, %project bias %b2 residual %x {layout = "nhwc"}
      : tensor<1x14x14x48xf32>, tensor<1x1x48x16xf32>, tensor<16xf32> -> tensor<1x14x14x16xf32>
  func.return %2 : tensor<1x14x14x16xf32>
}
