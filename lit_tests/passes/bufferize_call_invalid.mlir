// Calls would need the callee's new signature.
// RUN: not isa-opt %s -p bufferize 2>&1 | filecheck %s

func.func @callee(%x: tensor<4xf32>) -> tensor<4xf32> {
  func.return %x : tensor<4xf32>
}

func.func @caller(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = func.call @callee(%x) : (tensor<4xf32>) -> tensor<4xf32>
  func.return %0 : tensor<4xf32>
}

// CHECK: bufferize_call_invalid.mlir:9:3: error: 'func.call' on tensors is not supported
// CHECK: hint: inline the callee
