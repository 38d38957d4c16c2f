// RUN: isa-opt %s | isa-opt | filecheck %s
// RUN: isa-opt %s --print-op-generic | isa-opt | filecheck %s
// Upstream MLIR's text of linalg: what is printed is what upstream prints, and generic text is read.

// CHECK-LABEL: func.func @table
func.func @table(%a: tensor<4x5xi8>, %b: tensor<5x6xi8>, %c: tensor<4x6xi32>, %z: i32, %x: tensor<1x9x9x3xf32>,
                 %w: tensor<3x3x3xf32>, %y: tensor<1x4x4x3xf32>, %s: tensor<3x3xf32>) {
  // CHECK: linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %b : tensor<4x5xi8>, tensor<5x6xi8>) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
  %0 = linalg.matmul {cast = #linalg.type_fn<cast_unsigned>} ins(%a, %b : tensor<4x5xi8>, tensor<5x6xi8>) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
  // CHECK: linalg.quantized_matmul ins(%a, %b, %z, %z : tensor<4x5xi8>, tensor<5x6xi8>, i32, i32) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
  %1 = linalg.quantized_matmul ins(%a, %b, %z, %z : tensor<4x5xi8>, tensor<5x6xi8>, i32, i32) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
  // CHECK: linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3xf32>)
  %2 = linalg.depthwise_conv_2d_nhwc_hwc {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins (%x, %w : tensor<1x9x9x3xf32>, tensor<3x3x3xf32>) outs (%y : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, note = "kept"} ins(%x, %s : tensor<1x9x9x3xf32>, tensor<3x3xf32>) outs(%y : tensor<1x4x4x3xf32>)
  %3 = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>, note = "kept"}
    ins(%x, %s : tensor<1x9x9x3xf32>, tensor<3x3xf32>) outs(%y : tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32>
  // CHECK: linalg.reciprocal ins(%x : tensor<1x9x9x3xf32>) outs(%x : tensor<1x9x9x3xf32>) -> tensor<1x9x9x3xf32>
  %4 = linalg.reciprocal ins(%x : tensor<1x9x9x3xf32>) outs(%x : tensor<1x9x9x3xf32>) -> tensor<1x9x9x3xf32>
  func.return
}

// CHECK-LABEL: func.func @accesses
func.func @accesses(%a: tensor<5x4xf32>, %b: tensor<5x6xf32>, %c: tensor<4x6xf32>, %v: tensor<6xf32>) {
  // CHECK: linalg.matmul indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>] ins(%a, %b
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%a, %b : tensor<5x4xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  // CHECK: linalg.contract indexing_maps = [affine_map<(d0, d1, d2) -> (d2, d0)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>] {cast = #linalg.type_fn<cast_signed>} ins(%a, %b
  %1 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    {cast = #linalg.type_fn<cast_signed>} ins(%a, %b : tensor<5x4xf32>, tensor<5x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  // CHECK: linalg.elementwise kind = #linalg.elementwise_kind<add> indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>] ins(%v, %c
  %2 = linalg.elementwise kind=#linalg.elementwise_kind<add> indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>]
    ins(%v, %c : tensor<6xf32>, tensor<4x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  func.return
}

// CHECK-LABEL: func.func @bodies
func.func @bodies(%a: memref<5x4xf32>, %t: memref<4x5xf32>, %v: memref<5xf32>) {
  // CHECK: linalg.map { arith.addf } ins(%a, %a : memref<5x4xf32>, memref<5x4xf32>) outs(%a : memref<5x4xf32>)
  linalg.map { arith.addf } ins(%a, %a : memref<5x4xf32>, memref<5x4xf32>) outs(%a : memref<5x4xf32>)
  // CHECK: linalg.map { arith.subf {fastmath = #arith.fastmath<fast>} } ins(
  linalg.map { arith.subf {fastmath = #arith.fastmath<fast>} } ins(%a, %a : memref<5x4xf32>, memref<5x4xf32>) outs(%a : memref<5x4xf32>)
  // CHECK: linalg.map ins(%a : memref<5x4xf32>) outs(%a : memref<5x4xf32>) (%{{.*}}: f32, %{{.*}}: f32) {
  linalg.map ins(%a : memref<5x4xf32>) outs(%a : memref<5x4xf32>) (%x: f32) {
    %y = arith.mulf %x, %x : f32
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  }
  // CHECK: linalg.reduce { arith.addf } ins(%a : memref<5x4xf32>) outs(%v : memref<5xf32>) dimensions = [1]
  linalg.reduce { arith.addf } ins(%a : memref<5x4xf32>) outs(%v : memref<5xf32>) dimensions = [1]
  // CHECK: linalg.reduce ins(%a : memref<5x4xf32>) outs(%v : memref<5xf32>) dimensions = [1] (%{{.*}}: f32, %{{.*}}: f32) {
  linalg.reduce ins(%a:memref<5x4xf32>) outs(%v:memref<5xf32>) dimensions = [1] (%x: f32, %old: f32) {
    %y = arith.addf %x, %old : f32
    linalg.yield %y : f32
  }
  // CHECK: linalg.transpose ins(%a : memref<5x4xf32>) outs(%t : memref<4x5xf32>) permutation = [1, 0] {note = "kept"}
  linalg.transpose ins(%a : memref<5x4xf32>) outs(%t : memref<4x5xf32>) permutation = [1, 0] {note = "kept"}
  // CHECK: linalg.broadcast ins(%v : memref<5xf32>) outs(%a : memref<5x4xf32>) dimensions = [1]
  linalg.broadcast ins(%v : memref<5xf32>) outs(%a : memref<5x4xf32>) dimensions = [1]
  // CHECK: linalg.softmax dimension(1) ins(%a : memref<5x4xf32>) outs(%a : memref<5x4xf32>)
  linalg.softmax dimension(1) ins(%a : memref<5x4xf32>) outs(%a : memref<5x4xf32>)
  func.return
}

// Upstream's generic text of a map has no segments, and repeats the accesses of named operations.
// CHECK-LABEL: func.func @generic
func.func @generic(%a: tensor<4xf32>, %m: tensor<4x5xf32>, %v: tensor<5xf32>) {
  // CHECK: linalg.map { math.absf } ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>)
  %0 = "linalg.map"(%a, %a) ({
  ^bb0(%x: f32, %old: f32):
    %y = "math.absf"(%x) <{fastmath = #arith.fastmath<none>}> : (f32) -> f32
    "linalg.yield"(%y) : (f32) -> ()
  }) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: linalg.matvec ins(%m, %v : tensor<4x5xf32>, tensor<5xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  %1 = "linalg.matvec"(%m, %v, %a) <{operandSegmentSizes = array<i32: 2, 1>}> ({
  ^bb0(%x: f32, %y: f32, %old: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %old, %p : f32
    linalg.yield %s : f32
  }) {linalg.memoized_indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>]}
    : (tensor<4x5xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<4xf32>
  func.return
}
