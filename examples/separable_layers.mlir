// A depthwise-separable convolution, as two statements and as a single one: the same up to rounding
func.func @both(%x: tensor<1x9x9x16xf32>, %w: tensor<3x3x16xf32>, %mix: tensor<16x32xf32>)
    -> (tensor<1x7x7x32xf32>, tensor<1x7x7x32xf32>) {
  // Every channel with its own window, then a matrix multiplication over the channels.
  %0 = kernel.depthwise_separable %x, %w, %mix {layout = "nhwc"}
      : tensor<1x9x9x16xf32>, tensor<3x3x16xf32>, tensor<16x32xf32> -> tensor<1x7x7x32xf32>
  // out[n, p, q, o] = sum(x[n, p + r, q + s, c] * w[r, s, c] * mix[c, o] over r, s, c)
  %1 = kernel.depthwise_separable %x, %w, %mix {fused, layout = "nhwc"}
      : tensor<1x9x9x16xf32>, tensor<3x3x16xf32>, tensor<16x32xf32> -> tensor<1x7x7x32xf32>
  func.return %0, %1 : tensor<1x7x7x32xf32>, tensor<1x7x7x32xf32>
}
