// Y = relu(X W + bias), the shape of one layer of DeepBench's 1760 x 128 x 1760.
func.func @layer(%x: tensor<128x1760xf32>, %w: tensor<1760x1760xf32>, %bias: tensor<1760xf32>) -> tensor<128x1760xf32> {
  %y = kernel.matmul %x, %w bias %bias {activation = "relu"}
      : tensor<128x1760xf32>, tensor<1760x1760xf32>, tensor<1760xf32> -> tensor<128x1760xf32>
  func.return %y : tensor<128x1760xf32>
}
