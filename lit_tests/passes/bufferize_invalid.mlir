// What has no buffer form yet is named, where it stands.
// RUN: not isa-opt %s -p bufferize 2>&1 | filecheck %s

func.func @element(%x: tensor<4xf32>, %n: index) -> tensor<4xf32> {
  %0 = tensor.extract %x[%n] : tensor<4xf32>
  func.return %x : tensor<4xf32>
}

// CHECK:      bufferize_invalid.mlir:5:3: error: 'tensor.extract' on tensors is not supported
// CHECK-NEXT:   %0 = tensor.extract
