// RUN: isa-opt %s -p lower-kernel | filecheck %s

// A fresh sum starts from zero; narrow inputs are widened before the multiplication.
// CHECK-LABEL: func.func @contract
// CHECK:         %[[E:[^ ]+]] = tensor.empty() : tensor<4x16xf32>
// CHECK-NEXT:    %[[Z:[^ ]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:    %[[F:[^ ]+]] = linalg.fill ins(%[[Z]] : f32) outs(%[[E]] : tensor<4x16xf32>) -> tensor<4x16xf32>
// CHECK-NEXT:    linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
// CHECK-SAME:      iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME:      ins(%a, %b : tensor<4x8xbf16>, tensor<8x16xbf16>) outs(%[[F]] : tensor<4x16xf32>)
// CHECK-SAME:      {kernel.axes = ["m", "n", "k"]}
// CHECK-NEXT:    ^bb0(%[[A:[^ ]+]]: bf16, %[[B:[^ ]+]]: bf16, %[[C:[^ ]+]]: f32):
// CHECK-NEXT:      %[[A1:[^ ]+]] = arith.extf %[[A]] : bf16 to f32
// CHECK-NEXT:      %[[B1:[^ ]+]] = arith.extf %[[B]] : bf16 to f32
// CHECK-NEXT:      %[[P:[^ ]+]] = arith.mulf %[[A1]], %[[B1]] : f32
// CHECK-NEXT:      %[[S:[^ ]+]] = arith.addf %[[C]], %[[P]] : f32
// CHECK-NEXT:      linalg.yield %[[S]] : f32
func.func @contract(%a: tensor<4x8xbf16>, %b: tensor<8x16xbf16>) -> tensor<4x16xf32> {
  %0 = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<4x8xbf16>, tensor<8x16xbf16>) -> tensor<4x16xf32>
  func.return %0 : tensor<4x16xf32>
}

// Without a reduction there is nothing to start from; a diagonal repeats an axis.
// CHECK-LABEL: func.func @diagonal
// CHECK-NOT:     linalg.fill
// CHECK:         indexing_maps = [affine_map<(d0) -> (d0, d0)>, affine_map<(d0) -> (d0)>]
// CHECK-SAME:    {kernel.axes = ["i"]}
// CHECK:           arith.extui %{{.*}} : i8 to i32
func.func @diagonal(%s: tensor<5x5xi8>) -> tensor<5xi32> {
  %0 = kernel.contract "ii->i"(%s) {unsigned = array<i64: 0>} : (tensor<5x5xi8>) -> tensor<5xi32>
  func.return %0 : tensor<5xi32>
}

// On memrefs 'add' works in place and 'into' clears first.
// CHECK-LABEL: func.func @in_place
// CHECK-NEXT:    linalg.generic {{.*}} ins(%a : memref<4x8xf32>) outs(%add : memref<4xf32>)
// CHECK:         linalg.fill ins(%{{.*}} : f32) outs(%into : memref<4xf32>)
// CHECK-NEXT:    linalg.generic {{.*}} ins(%a : memref<4x8xf32>) outs(%into : memref<4xf32>)
func.func @in_place(%a: memref<4x8xf32>, %add: memref<4xf32>, %into: memref<4xf32>) {
  kernel.contract "ij->i"(%a) add %add : (memref<4x8xf32>, memref<4xf32>)
  kernel.contract "ij->i"(%a) into %into : (memref<4x8xf32>, memref<4xf32>)
  func.return
}

// The weights lack the batch and are transposed; the epilogue is a statement of its own.
// CHECK-LABEL: func.func @layer
// CHECK:         affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>, affine_map<(d0, d1, d2, d3) -> (d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>]
// CHECK-SAME:    {kernel.axes = ["b", "m", "n", "k"]}
// CHECK:         affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>]
// CHECK-SAME:    {kernel.axes = ["b", "m", "n"]}
// CHECK:           %[[X:[^ ]+]] = arith.addf
// CHECK-NEXT:      %[[Z:[^ ]+]] = arith.constant 0.000000e+00 : f32
// CHECK-NEXT:      arith.maximumf %[[X]], %[[Z]] : f32
func.func @layer(%x: tensor<2x4x8xf32>, %w: tensor<16x8xf32>, %bias: tensor<16xf32>) -> tensor<2x4x16xf32> {
  %0 = kernel.matmul %x, %w bias %bias {transpose_b, activation = "relu"} : tensor<2x4x8xf32>, tensor<16x8xf32>, tensor<16xf32> -> tensor<2x4x16xf32>
  func.return %0 : tensor<2x4x16xf32>
}

// Nothing but functions is touched: an instruction's body keeps its contraction.
// CHECK-LABEL: isa.target @t
// CHECK:         kernel.contract
isa.target @t {
  isa.memory @r register {count = 8 : i64, bytes = 64 : i64}
  isa.unit @u {count = 1 : i64}
  isa.instruction @add(%d: memref<16xf32, @r>, %s: memref<16xf32, @r>) on @u cost<latency = 4, interval = 1> {
    kernel.contract "i->i"(%s) add %d : (memref<16xf32, @r>, memref<16xf32, @r>)
  }
}
