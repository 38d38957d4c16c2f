// A transposed convolution that doubles an image: zeros between the pixels, then a convolution
func.func @upsample(%x: tensor<1x8x5x5xf32>, %w: tensor<8x4x3x3xf32>) -> tensor<1x4x10x10xf32> {
  %y = kernel.conv_transpose %x, %w {strides = [2, 2], padding = [1, 1], output_padding = [1, 1]}
      : tensor<1x8x5x5xf32>, tensor<8x4x3x3xf32> -> tensor<1x4x10x10xf32>
  func.return %y : tensor<1x4x10x10xf32>
}
