// A 3x3 convolution with stride 2, padding, bias and relu, then one in two groups with the channels last
func.func @layers(%x: tensor<1x3x17x17xf32>, %w: tensor<8x3x3x3xf32>, %bias: tensor<8xf32>,
                  %y: tensor<1x9x9x8xf32>, %v: tensor<3x3x4x6xf32>) -> (tensor<1x8x9x9xf32>, tensor<1x5x7x6xf32>) {
  // NCHW images, [outputs, channels, window] weights: what PyTorch and ONNX have.
  %0 = kernel.conv %x, %w bias %bias {strides = [2, 2], padding = [1, 1], activation = "relu"}
      : tensor<1x3x17x17xf32>, tensor<8x3x3x3xf32>, tensor<8xf32> -> tensor<1x8x9x9xf32>
  // NHWC images, [window, channels of a group, outputs] weights; every second pixel of a window.
  %1 = kernel.conv %y, %v {layout = "nhwc", groups = 2, dilations = [2, 1]}
      : tensor<1x9x9x8xf32>, tensor<3x3x4x6xf32> -> tensor<1x5x7x6xf32>
  func.return %0, %1 : tensor<1x8x9x9xf32>, tensor<1x5x7x6xf32>
}
