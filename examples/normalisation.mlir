// Normalisations, and a formula: softmax, layer norm, batch norm, gelu
func.func @norms(%x: tensor<6x32xf32>, %scale: tensor<32xf32>, %bias: tensor<32xf32>, %mean: tensor<32xf32>,
                 %deviation: tensor<32xf32>)
    -> (tensor<6x32xf32>, tensor<6x32xf32>, tensor<6x32xf32>, tensor<6x32xf32>) {
  %0 = kernel.softmax %x : tensor<6x32xf32>
  %1 = kernel.layer_norm %x scale %scale bias %bias : tensor<6x32xf32>, tensor<32xf32>, tensor<32xf32>
  // Operands of a formula are a, b, c, ... in their order; here a variance that is not negative.
  %variance = kernel.elementwise "a * a" (%deviation) : (tensor<32xf32>) -> tensor<32xf32>
  %2 = kernel.batch_norm %x, %scale, %bias, %mean, %variance : tensor<6x32xf32>, tensor<32xf32>
  %3 = kernel.elementwise "gelu(a + b)" (%x, %bias) : (tensor<6x32xf32>, tensor<32xf32>) -> tensor<6x32xf32>
  func.return %0, %1, %2, %3 : tensor<6x32xf32>, tensor<6x32xf32>, tensor<6x32xf32>, tensor<6x32xf32>
}
