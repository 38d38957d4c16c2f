// RUN: isa-opt --split-input-file --verify-diagnostics %s | filecheck %s
// Every error of linalg's operations names the operand and where the operation stands.

// CHECK: :3: error: 'linalg.matvec': expected 2 inputs, but 1 given
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: tensor<4xf32>) {
  %0 = linalg.matvec ins(%a : tensor<4x5xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': %x has rank 2, but [k] has 1 dimension
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5x1xf32>, %y: tensor<4xf32>) {
  %0 = linalg.matvec ins(%a, %x : tensor<4x5xf32>, tensor<5x1xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': extents of axis 'k' differ: 5 in %a, 6 in %x
func.func @f(%a: tensor<4x5xf32>, %x: tensor<6xf32>, %y: tensor<4xf32>) {
  %0 = linalg.matvec ins(%a, %x : tensor<4x5xf32>, tensor<6xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': there is no 'strides' here
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: tensor<4xf32>) {
  %0 = linalg.matvec {strides = dense<1> : tensor<1xi64>} ins(%a, %x : tensor<4x5xf32>, tensor<5xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': there is no 'cast' here
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: tensor<4xf32>) {
  %0 = linalg.matvec {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %x : tensor<4x5xf32>, tensor<5xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': on tensors there is one result, but 0 given
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: tensor<4xf32>) {
  linalg.matvec ins(%a, %x : tensor<4x5xf32>, tensor<5xf32>) outs(%y : tensor<4xf32>)
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': expected either tensors or memrefs, got both
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: memref<4xf32>) {
  linalg.matvec ins(%a, %x : tensor<4x5xf32>, tensor<5xf32>) outs(%y : memref<4xf32>)
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matvec': expected 1 output, but 2 given
func.func @f(%a: tensor<4x5xf32>, %x: tensor<5xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) {
  %0:2 = linalg.matvec ins(%a, %x : tensor<4x5xf32>, tensor<5xf32>) outs(%y, %z : tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  func.return
}

// -----

// CHECK: :3: error: 'linalg.conv_2d_nhwc_hwcf': 11 elements of dimension 1 of %x are read, which has 9
func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<3x3x3x5xf32>, %y: tensor<1x5x5x5xf32>) {
  %0 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3x5xf32>) outs(%y : tensor<1x5x5x5xf32>) -> tensor<1x5x5x5xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.conv_2d_nhwc_hwcf': 'strides' must be 2 numbers, not a tensor<1xi64>
func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<3x3x3x5xf32>, %y: tensor<1x4x4x5xf32>) {
  %0 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<1xi64>} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3x5xf32>) outs(%y : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.conv_2d_nhwc_hwcf': 'dilations' must be at least 1, not 0
func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<3x3x3x5xf32>, %y: tensor<1x4x4x5xf32>) {
  %0 = linalg.conv_2d_nhwc_hwcf {dilations = dense<0> : tensor<2xi64>} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3x5xf32>) outs(%y : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.conv_2d_nhwc_hwcf': 'strides' must be like dense<2> : tensor<2xi64>, not [2 : i64, 2 : i64]
func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<3x3x3x5xf32>, %y: tensor<1x4x4x5xf32>) {
  %0 = linalg.conv_2d_nhwc_hwcf {strides = [2, 2]} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3x5xf32>) outs(%y : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.pooling_nhwc_max_unsigned': 'max_unsigned' is a function of integers, but %y is of f32
func.func @f(%x: tensor<1x9x9x3xf32>, %w: tensor<3x3xf32>, %y: tensor<1x4x4x3xf32>) {
  %0 = linalg.pooling_nhwc_max_unsigned {strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3xf32>) outs(%y : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.quantized_matmul': %z is of tensor<1xi32>, but must be a scalar
func.func @f(%a: tensor<4x5xi8>, %b: tensor<5x6xi8>, %z: tensor<1xi32>, %c: tensor<4x6xi32>) {
  %0 = linalg.quantized_matmul ins(%a, %b, %z, %z : tensor<4x5xi8>, tensor<5x6xi8>, tensor<1xi32>, tensor<1xi32>) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.exp': 'exp' is a function of floats, but %x is of i32
func.func @f(%x: tensor<4xi32>) {
  %0 = linalg.exp ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>) -> tensor<4xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.square': %x is of i32; only floats are supported
func.func @f(%x: tensor<4xi32>) {
  %0 = linalg.square ins(%x : tensor<4xi32>) outs(%x : tensor<4xi32>) -> tensor<4xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.add': %x is of i8, but the output of i32; convert it before
func.func @f(%x: tensor<4xi8>, %y: tensor<4xi32>) {
  %0 = linalg.add ins(%x, %x : tensor<4xi8>, tensor<4xi8>) outs(%y : tensor<4xi32>) -> tensor<4xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.sub': 'sub' is not a function of i1, of which %x is
func.func @f(%x: tensor<4xi1>) {
  %0 = linalg.sub ins(%x, %x : tensor<4xi1>, tensor<4xi1>) outs(%x : tensor<4xi1>) -> tensor<4xi1>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.select': %x is of f32, but a condition is of i1
func.func @f(%x: tensor<4xf32>) {
  %0 = linalg.select ins(%x, %x, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.copy': %x is of f16, which cannot be converted to bf16
func.func @f(%x: tensor<4xf16>, %y: tensor<4xbf16>) {
  %0 = linalg.copy ins(%x : tensor<4xf16>) outs(%y : tensor<4xbf16>) -> tensor<4xbf16>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.copy': %x is of ui8; write i8
func.func @f(%x: tensor<4xui8>, %y: tensor<4xi32>) {
  %0 = linalg.copy ins(%x : tensor<4xui8>) outs(%y : tensor<4xi32>) -> tensor<4xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.contract': 'indexing_maps' is missing: one map per operand
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) {
  %0 = linalg.contract ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.contract': 'indexing_maps' has 2 maps for 3 operands
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) {
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>]
    ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.contract': (d0, d1, d2) -> (d0, (d0 + d2)) must take every dimension along a loop of its own
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) {
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, m + k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.matmul': (d0, d1) -> (d0, d1) must be a map from 3 loops
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>) {
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>]
    ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.elementwise': 'kind' is missing, such as #linalg.elementwise_kind<add>
func.func @f(%x: tensor<4xf32>) {
  %0 = linalg.elementwise ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :59: error: Expected `exp`
func.func @f(%x: tensor<4xf32>) {
  %0 = linalg.elementwise kind = #linalg.elementwise_kind<mod> ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.elementwise': extents of axis 'd0' differ: 4 in %x, 5 in %y
func.func @f(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  %0 = linalg.elementwise kind = #linalg.elementwise_kind<mul> ins(%x, %y : tensor<4xf32>, tensor<5xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.map': extents of axis 'd0' differ: 4 in %x, 5 in %y
func.func @f(%x: tensor<4xf32>, %y: tensor<5xf32>) {
  %0 = linalg.map { arith.addf } ins(%x, %y : tensor<4xf32>, tensor<5xf32>) outs(%x : tensor<4xf32>)
  func.return
}

// -----

// CHECK: :21: error: unknown operation 'arith.plus'
func.func @f(%x: tensor<4xf32>) {
  %0 = linalg.map { arith.plus } ins(%x, %x : tensor<4xf32>, tensor<4xf32>) outs(%x : tensor<4xf32>)
  func.return
}

// -----

// CHECK: :3: error: 'linalg.reduce': 'dimensions' must be increasing dimensions of tensor<4x5xf32>, not [2]
func.func @f(%x: tensor<4x5xf32>, %y: tensor<4xf32>) {
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<4x5xf32>) outs(%y : tensor<4xf32>) dimensions = [2]
  func.return
}

// -----

// CHECK: :3: error: 'linalg.reduce': the body must take 2 arguments of f32, f32
func.func @f(%x: tensor<4x5xf32>, %y: tensor<4xf32>) {
  %0 = linalg.reduce ins(%x : tensor<4x5xf32>) outs(%y : tensor<4xf32>) dimensions = [1] (%a: f32) {
    linalg.yield %a : f32
  }
  func.return
}

// -----

// CHECK: :3: error: 'linalg.transpose': 'permutation' must be one, not [1, 1]
func.func @f(%x: tensor<4x5xf32>, %y: tensor<5x4xf32>) {
  %0 = linalg.transpose ins(%x : tensor<4x5xf32>) outs(%y : tensor<5x4xf32>) permutation = [1, 1]
  func.return
}

// -----

// CHECK: :3: error: 'linalg.softmax': %x is of i32; only floats are supported
func.func @f(%x: tensor<4x5xi32>) {
  %0 = linalg.softmax dimension(1) ins(%x : tensor<4x5xi32>) outs(%x : tensor<4x5xi32>) -> tensor<4x5xi32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.softmax': %x has no dimension 2: it is [4, 5]
func.func @f(%x: tensor<4x5xf32>) {
  %0 = linalg.softmax dimension(2) ins(%x : tensor<4x5xf32>) outs(%x : tensor<4x5xf32>) -> tensor<4x5xf32>
  func.return
}

// -----

// CHECK: :8: error: unknown operation 'linalg.batch_matmull', did you mean 'linalg.batch_matmul'?
func.func @f(%x: tensor<4x5xf32>) {
  %0 = linalg.batch_matmull ins(%x : tensor<4x5xf32>) outs(%x : tensor<4x5xf32>) -> tensor<4x5xf32>
  func.return
}

// -----

// CHECK: :3: error: 'linalg.fill': the value is of f32, but the output of i8
func.func @f(%x: tensor<4x5xi8>, %c: f32) {
  %0 = linalg.fill ins(%c : f32) outs(%x : tensor<4x5xi8>) -> tensor<4x5xi8>
  func.return
}
