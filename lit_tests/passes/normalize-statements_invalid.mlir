// Static shapes only.
// RUN: not isa-opt %s -p normalize-statements 2>&1 | filecheck %s

func.func @dynamic(%a: memref<?x8xf32>, %b: memref<8x8xf32>, %c: memref<?x8xf32>) {
  linalg.matmul ins(%a, %b : memref<?x8xf32>, memref<8x8xf32>) outs(%c : memref<?x8xf32>)
  func.return
}

// CHECK: normalize-statements_invalid.mlir:5:3: error: dynamic extents are not supported; give static shapes
