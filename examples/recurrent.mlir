// Two recurrent layers on top of each other: an LSTM in PyTorch's order of gates, a plain one with relu
func.func @layers(%x: tensor<6x4x8xf32>, %h: tensor<4x16xf32>, %c: tensor<4x16xf32>, %w: tensor<64x8xf32>,
                  %r: tensor<64x16xf32>, %b: tensor<64xf32>, %w1: tensor<8x16xf32>, %r1: tensor<8x8xf32>,
                  %h1: tensor<4x8xf32>) -> (tensor<6x4x8xf32>, tensor<4x16xf32>) {
  %0, %last, %cell = kernel.lstm %x, %h, %c, %w, %r bias %b
      : tensor<6x4x8xf32>, tensor<4x16xf32>, tensor<64x8xf32>, tensor<64x16xf32>, tensor<64xf32> -> tensor<6x4x16xf32>
  %1, %last1 = kernel.rnn %0, %h1, %w1, %r1 {activation = "relu"}
      : tensor<6x4x16xf32>, tensor<4x8xf32>, tensor<8x16xf32>, tensor<8x8xf32> -> tensor<6x4x8xf32>
  func.return %1, %cell : tensor<6x4x8xf32>, tensor<4x16xf32>
}
