// What has no buffer form yet is named, where it stands.
// RUN: not isa-opt %s -p bufferize 2>&1 | filecheck %s

func.func @slices(%x: tensor<4xf32>) -> tensor<2xf32> {
  %0 = tensor.extract_slice %x[0] [2] [1] : tensor<4xf32> to tensor<2xf32>
  func.return %0 : tensor<2xf32>
}

// CHECK:      bufferize_invalid.mlir:5:3: error: 'tensor.extract_slice' on tensors is not supported
// CHECK-NEXT:   %0 = tensor.extract_slice
