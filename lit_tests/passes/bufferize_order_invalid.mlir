// The message says which pass comes first.
// RUN: not isa-opt %s -p bufferize 2>&1 | filecheck %s

func.func @kernel(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = kernel.contract "i,i->i"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return %0 : tensor<4xf32>
}

// CHECK: bufferize_order_invalid.mlir:5:3: error: 'kernel.contract' on tensors is not supported
// CHECK: hint: run lower-kernel first
