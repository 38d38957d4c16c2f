// Integers: an i8 layer whose i32 sum is scaled back to i8, and the same scaling alone
func.func @layers(%x: tensor<1x8x8x16xi8>, %w: tensor<3x3x16x8xi8>, %bias: tensor<8xi32>, %sums: tensor<4x32xi32>)
    -> (tensor<1x8x8x8xi8>, tensor<4x32xi8>) {
  // round(sum * 37 / 2^19) to the even neighbour, plus the zero point, clamped to -128 .. 127.
  %0 = kernel.conv %x, %w bias %bias {layout = "nhwc", padding = [1, 1], activation = "relu",
      requantise = {multiplier = 37, shift = 19, zero_point = -128}}
      : tensor<1x8x8x16xi8>, tensor<3x3x16x8xi8>, tensor<8xi32> -> tensor<1x8x8x8xi8>
  %1 = kernel.requantise %sums {multiplier = 1518500250, shift = 55, rounding = "away"}
      : tensor<4x32xi32> -> tensor<4x32xi8>
  func.return %0, %1 : tensor<1x8x8x8xi8>, tensor<4x32xi8>
}
