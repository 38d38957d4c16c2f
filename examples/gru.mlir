// A GRU layer of DeepBench: 512 inputs and units, a batch of 16; 25 steps
func.func @layer(%x: tensor<25x16x512xf32>, %h: tensor<16x512xf32>, %w: tensor<1536x512xf32>,
                 %r: tensor<1536x512xf32>, %b: tensor<1536xf32>, %rb: tensor<1536xf32>)
    -> (tensor<25x16x512xf32>, tensor<16x512xf32>) {
  // Random inputs are normal. Weights such as training has are smaller by the root of the units; with larger ones the
  // layer is chaotic, and rounding errors grow from step to step.
  %0 = kernel.elementwise "0.0441941738 * a" (%w) : (tensor<1536x512xf32>) -> tensor<1536x512xf32>
  %1 = kernel.elementwise "0.0441941738 * a" (%r) : (tensor<1536x512xf32>) -> tensor<1536x512xf32>
  // The inputs of all steps are one 400 x 1536 x 512 product; each step is one of 16 x 1536 x 512, and the gates.
  %y, %last = kernel.gru %x, %h, %0, %1 bias %b recurrent_bias %rb
      : tensor<25x16x512xf32>, tensor<16x512xf32>, tensor<1536x512xf32>, tensor<1536x512xf32>, tensor<1536xf32>,
        tensor<1536xf32> -> tensor<25x16x512xf32>
  func.return %y, %last : tensor<25x16x512xf32>, tensor<16x512xf32>
}
