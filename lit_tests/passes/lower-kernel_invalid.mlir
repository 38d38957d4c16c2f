// Static shapes only.
// RUN: not isa-opt %s -p lower-kernel 2>&1 | filecheck %s

func.func @dynamic(%a: tensor<?x8xf32>) -> tensor<8xf32> {
  %0 = kernel.contract "ij->j"(%a) : (tensor<?x8xf32>) -> tensor<8xf32>
  func.return %0 : tensor<8xf32>
}

// CHECK:      lower-kernel_invalid.mlir:5:3: error: dynamic extents are not supported; give static shapes
// CHECK-NEXT:   %0 = kernel.contract "ij->j"(%a)
