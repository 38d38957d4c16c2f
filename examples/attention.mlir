// Causal attention of two heads: softmax(q k^T / sqrt(depth)) v, where a query sees no later key
func.func @heads(%q: tensor<2x12x16xf32>, %k: tensor<2x12x16xf32>, %v: tensor<2x12x16xf32>) -> tensor<2x12x16xf32> {
  %y = kernel.attention %q, %k, %v {causal}
      : tensor<2x12x16xf32>, tensor<2x12x16xf32>, tensor<2x12x16xf32> -> tensor<2x12x16xf32>
  func.return %y : tensor<2x12x16xf32>
}
