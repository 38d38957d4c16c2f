// RUN: isa-opt %s -p lower-kernel,normalize-statements | filecheck %s
// Named operations of linalg become the statements of the kernels that mean the same.

// CHECK-LABEL: func.func @named
// CHECK: linalg.generic {indexing_maps = [[MAPS:.*]], iterator_types = [[KINDS:.*]]} ins(%a, %b : tensor<3x4x5xi8>, tensor<3x5x6xi8>) outs(%c : tensor<3x4x6xi32>) attrs = {kernel.axes = ["b", "m", "n", "k"]} {
// CHECK-NEXT: ^bb0(%{{.*}}: i8, %{{.*}}: i8, %[[OLD:.*]]: i32):
// CHECK-NEXT: arith.extsi
// CHECK-NEXT: arith.extsi
// CHECK-NEXT: %[[P:.*]] = arith.muli
// CHECK-NEXT: arith.addi %[[OLD]], %[[P]] : i32
func.func @named(%a: tensor<3x4x5xi8>, %b: tensor<3x5x6xi8>, %c: tensor<3x4x6xi32>) -> tensor<3x4x6xi32> {
  %0 = linalg.batch_matmul ins(%a, %b : tensor<3x4x5xi8>, tensor<3x5x6xi8>) outs(%c : tensor<3x4x6xi32>) -> tensor<3x4x6xi32>
  func.return %0 : tensor<3x4x6xi32>
}

// CHECK-LABEL: func.func @kernel
// CHECK: linalg.generic {indexing_maps = [[MAPS]], iterator_types = [[KINDS]]} ins(%a, %b : tensor<3x4x5xi8>, tensor<3x5x6xi8>) outs(%c : tensor<3x4x6xi32>) attrs = {kernel.axes = ["b", "m", "n", "k"]} {
func.func @kernel(%a: tensor<3x4x5xi8>, %b: tensor<3x5x6xi8>, %c: tensor<3x4x6xi32>) -> tensor<3x4x6xi32> {
  %0 = kernel.contract "bmk,bkn->bmn"(%a, %b) add %c : (tensor<3x4x5xi8>, tensor<3x5x6xi8>, tensor<3x4x6xi32>) -> tensor<3x4x6xi32>
  func.return %0 : tensor<3x4x6xi32>
}

// The window's operand is not read; strides and dilations are 1 where they are not given.
// CHECK-LABEL: func.func @pooling
// CHECK: (d0, ((d1 * 2) + d4), (d2 + d5), d3)
// CHECK-SAME: kernel.axes = ["n", "p", "q", "c", "r", "s"]
// CHECK: arith.extui
// CHECK-NEXT: arith.maxui
func.func @pooling(%x: memref<1x9x7x5xi8>, %w: memref<3x3xi8>, %y: memref<1x4x5x5xi32>) {
  linalg.pooling_nhwc_max_unsigned {strides = dense<[2, 1]> : tensor<2xi64>}
    ins(%x, %w : memref<1x9x7x5xi8>, memref<3x3xi8>) outs(%y : memref<1x4x5x5xi32>)
  func.return
}

// CHECK-LABEL: func.func @softmax
// CHECK: memref.alloc
// CHECK: linalg.fill
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: linalg.generic
// CHECK-SAME: outs(%y : memref<4x5xf32>)
// CHECK: arith.divf
func.func @softmax(%x: memref<4x5xf32>, %y: memref<4x5xf32>) {
  linalg.softmax dimension(1) ins(%x : memref<4x5xf32>) outs(%y : memref<4x5xf32>)
  func.return
}
