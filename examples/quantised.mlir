// Integers: a layer of u8 x i8 whose i32 sum is scaled back to u8, an average of u8, and the scaling alone
func.func @layers(%x: tensor<1x8x8x16xi8>, %w: tensor<3x3x16x8xi8>, %bias: tensor<8xi32>, %sums: tensor<4x32xi32>)
    -> (tensor<1x4x4x8xi8>, tensor<4x32xi8>) {
  // round(sum * 37 / 2^19) to the even neighbour, clamped to 0 .. 255; operand 0 has no sign.
  %0 = kernel.conv %x, %w bias %bias {layout = "nhwc", padding = [1, 1], unsigned = array<i64: 0>,
      requantise = {multiplier = 37, shift = 19, unsigned_result}}
      : tensor<1x8x8x16xi8>, tensor<3x3x16x8xi8>, tensor<8xi32> -> tensor<1x8x8x8xi8>
  %1 = kernel.pool "average" %0 {window = [2, 2], strides = [2, 2], layout = "nhwc", unsigned = array<i64: 0>}
      : tensor<1x8x8x8xi8> -> tensor<1x4x4x8xi8>
  %2 = kernel.requantise %sums {multiplier = 1518500250, shift = 55, zero_point = -128, rounding = "away"}
      : tensor<4x32xi32> -> tensor<4x32xi8>
  func.return %1, %2 : tensor<1x4x4x8xi8>, tensor<4x32xi8>
}
