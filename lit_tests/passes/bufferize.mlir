// RUN: isa-opt %s -p lower-kernel,normalize-statements,bufferize | filecheck %s

// What is returned is computed in the new argument.
// CHECK-LABEL: func.func @matmul(%a: memref<4x8xf32>, %b: memref<8x16xf32>, %out: memref<4x16xf32>) {
// CHECK-NEXT:    %[[Z:[^ ]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    linalg.fill ins(%[[Z]] : f32) outs(%out : memref<4x16xf32>)
// CHECK-NEXT:    linalg.generic {{.*}} ins(%a, %b : memref<4x8xf32>, memref<8x16xf32>) outs(%out : memref<4x16xf32>) attrs = {kernel.axes = ["m", "n", "k"]}
// CHECK-NOT:     linalg.generic
// CHECK:         func.return
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>) -> tensor<4x16xf32> {
  %0 = kernel.matmul %a, %b : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
  func.return %0 : tensor<4x16xf32>
}

// An argument is copied before something is added to it; inputs are never written.
// CHECK-LABEL: func.func @accumulate
// CHECK-NEXT:    linalg.generic {{.*}} ins(%c : memref<4x16xf32>) outs(%out : memref<4x16xf32>)
// CHECK:         linalg.generic {{.*}} ins(%a, %b : {{.*}}) outs(%out : memref<4x16xf32>)
func.func @accumulate(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %c: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%c : tensor<4x16xf32>) -> tensor<4x16xf32>
  func.return %0 : tensor<4x16xf32>
}

// What comes between gets memory of its own.
// CHECK-LABEL: func.func @layer
// CHECK:         %[[T:[^ ]+]] = memref.alloc() : memref<4x16xf32>
// CHECK:         linalg.fill {{.*}} outs(%[[T]] : memref<4x16xf32>)
// CHECK:         linalg.generic {{.*}} outs(%[[T]] : memref<4x16xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[T]], %bias : {{.*}}) outs(%out : memref<4x16xf32>)
func.func @layer(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %bias: tensor<16xf32>) -> tensor<4x16xf32> {
  %0 = kernel.matmul %a, %b bias %bias : tensor<4x8xf32>, tensor<8x16xf32>, tensor<16xf32> -> tensor<4x16xf32>
  func.return %0 : tensor<4x16xf32>
}

// A result that is used twice, and an argument as a result.
// CHECK-LABEL: func.func @results(%x: memref<4xf32>, %out0: memref<4xf32>, %out1: memref<4xf32>, %out2: memref<4xf32>)
// CHECK-NEXT:    linalg.generic {{.*}} ins(%x, %x : {{.*}}) outs(%out0 : memref<4xf32>)
// CHECK:         linalg.generic {{.*}} ins(%out0 : {{.*}}) outs(%out1 : memref<4xf32>)
// CHECK:         linalg.generic {{.*}} ins(%x : {{.*}}) outs(%out2 : memref<4xf32>)
func.func @results(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = kernel.contract "i,i->i"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return %0, %0, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// The first statement's result is also read by the last, so the second works on a copy.
// CHECK-LABEL: func.func @used_later
// CHECK:         %[[T:[^ ]+]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT:    linalg.generic {{.*}} outs(%[[T]] : memref<4xf32>)
// CHECK:         %[[U:[^ ]+]] = memref.alloc() : memref<4xf32>
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[T]] : {{.*}}) outs(%[[U]] : memref<4xf32>)
// CHECK:         linalg.generic {{.*}} ins(%x : {{.*}}) outs(%[[U]] : memref<4xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[T]], %[[U]] : {{.*}}) outs(%out : memref<4xf32>)
func.func @used_later(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = kernel.contract "i,i->i"(%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = kernel.contract "i->i"(%x) add %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = kernel.contract "i,i->i"(%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return %2 : tensor<4xf32>
}

// Reshapes are views, also of the argument in which the result is computed.
// CHECK-LABEL: func.func @reshaped
// CHECK-NEXT:    %[[V:[^ ]+]] = memref.expand_shape %out {{\[\[}}0 : i64, 1 : i64]] output_shape [2, 3] : memref<6xf32> into memref<2x3xf32>
// CHECK-NEXT:    %[[X:[^ ]+]] = memref.expand_shape %x {{.*}} : memref<6xf32> into memref<2x3xf32>
// CHECK-NEXT:    linalg.generic {{.*}} ins(%[[X]], %y : {{.*}}) outs(%[[V]] : memref<2x3xf32>)
// CHECK-NOT:     linalg.generic
// CHECK:         func.return
func.func @reshaped(%x: tensor<6xf32>, %y: tensor<2x3xf32>) -> tensor<6xf32> {
  %0 = tensor.expand_shape %x [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %1 = kernel.contract "ij,ij->ij"(%0, %y) : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = tensor.collapse_shape %1 [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
  func.return %2 : tensor<6xf32>
}

// Constants are globals; one that all elements start from is a fill.
// CHECK:         memref.global
// CHECK-SAME:      "constant_0"
// CHECK-LABEL: func.func @constants
// CHECK-NEXT:    %[[G:[^ ]+]] = memref.get_global @constant_0 : memref<4xf32>
// CHECK-NEXT:    %[[C:[^ ]+]] = arith.constant 2.000000e+00 : f32
// CHECK-NEXT:    linalg.fill ins(%[[C]] : f32) outs(%out : memref<4xf32>)
// CHECK-NEXT:    linalg.generic {{.*}} ins(%x, %[[G]] : {{.*}}) outs(%out : memref<4xf32>)
func.func @constants(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %c = arith.constant dense<2.0> : tensor<4xf32>
  %0 = kernel.contract "i,i->i"(%x, %w) add %c : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return %0 : tensor<4xf32>
}

// Functions on memrefs are left alone.
// CHECK-LABEL: func.func @on_memrefs(%x: memref<4xf32>, %y: memref<4xf32>) {
// CHECK-NEXT:    linalg.generic
func.func @on_memrefs(%x: memref<4xf32>, %y: memref<4xf32>) {
  linalg.copy ins(%x : memref<4xf32>) outs(%y : memref<4xf32>)
  func.return
}
