// Poolings and reductions: maximum of a window, average that leaves out the padding, global average
func.func @shrink(%x: tensor<1x8x13x13xf32>)
    -> (tensor<1x8x7x7xf32>, tensor<1x8x7x7xf32>, tensor<1x8xf32>) {
  %0 = kernel.pool "max" %x {window = [3, 3], strides = [2, 2], padding = [1, 1]}
      : tensor<1x8x13x13xf32> -> tensor<1x8x7x7xf32>
  %1 = kernel.pool "average" %x {window = [3, 3], strides = [2, 2], padding = [1, 1]}
      : tensor<1x8x13x13xf32> -> tensor<1x8x7x7xf32>
  %2 = kernel.reduce "mean" %x {axes = [2, 3]} : tensor<1x8x13x13xf32> -> tensor<1x8xf32>
  func.return %0, %1, %2 : tensor<1x8x7x7xf32>, tensor<1x8x7x7xf32>, tensor<1x8xf32>
}
