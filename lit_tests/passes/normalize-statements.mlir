// Twice, since the normal form is one: running the pass again changes nothing.
// RUN: isa-opt %s -p normalize-statements | filecheck %s
// RUN: isa-opt %s -p normalize-statements,normalize-statements | filecheck %s

// CHECK-LABEL: func.func @matmul
// CHECK-NEXT:    linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : {{.*}}) outs(%c : memref<4x16xf32>) attrs = {kernel.axes = ["m", "n", "k"]}
// CHECK-NEXT:    ^bb0(%[[A:[^ ]+]]: f32, %[[B:[^ ]+]]: f32, %[[C:[^ ]+]]: f32):
// CHECK-NEXT:      %[[P:[^ ]+]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT:      arith.addf %[[C]], %[[P]]
func.func @matmul(%a: memref<4x8xf32>, %b: memref<8x16xf32>, %c: memref<4x16xf32>) {
  linalg.matmul ins(%a, %b : memref<4x8xf32>, memref<8x16xf32>) outs(%c : memref<4x16xf32>)
  func.return
}

// CHECK-LABEL: func.func @conv
// CHECK:         affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, ((d2 * 2) + d5), ((d3 * 2) + d6))>
// CHECK-SAME:    kernel.axes = ["n", "o", "p", "q", "c", "r", "s"]
func.func @conv(%x: tensor<1x3x9x9xf32>, %w: tensor<8x3x3x3xf32>, %o: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %0 = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
    ins(%x, %w : tensor<1x3x9x9xf32>, tensor<8x3x3x3xf32>) outs(%o : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  func.return %0 : tensor<1x8x4x4xf32>
}

// Operations that move elements only; axes without usual names are called by their kind.
// CHECK-LABEL: func.func @moves
// CHECK-NEXT:    linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], {{.*}} attrs = {kernel.axes = ["i0", "i1"]}
// CHECK:         linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>]
// CHECK:         linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>]
// CHECK:         linalg.fill
// CHECK-NEXT:    linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>], iterator_types = ["reduction", "parallel"]} {{.*}} attrs = {kernel.axes = ["r0", "i0"]}
func.func @moves(%x: memref<4x8xi32>, %t: memref<8x4xi32>, %v: memref<8xi32>, %zero: i32) {
  linalg.transpose ins(%x:memref<4x8xi32>) outs(%t:memref<8x4xi32>) permutation = [1, 0]
  linalg.broadcast ins(%v:memref<8xi32>) outs(%t:memref<8x4xi32>) dimensions = [1]
  "memref.copy"(%t, %t) : (memref<8x4xi32>, memref<8x4xi32>) -> ()
  linalg.fill ins(%zero : i32) outs(%v : memref<8xi32>)
  linalg.reduce ins(%x:memref<4x8xi32>) outs(%v:memref<8xi32>) dimensions = [0]
  (%e: i32, %old: i32) {
    %0 = arith.addi %e, %old : i32
    linalg.yield %0 : i32
  }
  func.return
}

#id = affine_map<(d0) -> (d0)>

// The old output comes first, the rest is a sum of its own, constants come last and inside.
// CHECK-LABEL: func.func @integers
// CHECK-NEXT:    linalg.generic
// CHECK-NEXT:    ^bb0(%x: i8, %y: i8, %old: i32):
// CHECK-NEXT:      %[[X:[^ ]+]] = arith.extsi %x : i8 to i32
// CHECK-NEXT:      %[[ONE:[^ ]+]] = arith.constant -3 : i32
// CHECK-NEXT:      %[[X3:[^ ]+]] = arith.addi %[[X]], %[[ONE]] : i32
// CHECK-NEXT:      %[[Y:[^ ]+]] = arith.extui %y : i8 to i32
// CHECK-NEXT:      %[[M:[^ ]+]] = arith.maxsi %[[X]], %[[Y]] : i32
// CHECK-NEXT:      %[[S:[^ ]+]] = arith.addi %[[X3]], %[[M]] : i32
// CHECK-NEXT:      %[[R:[^ ]+]] = arith.addi %old, %[[S]] : i32
// CHECK-NEXT:      linalg.yield %[[R]] : i32
func.func @integers(%a: memref<8xi8>, %b: memref<8xi8>, %c: memref<8xi32>) {
  %three = arith.constant 3 : i32
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%a, %b : memref<8xi8>, memref<8xi8>) outs(%c : memref<8xi32>) {
  ^bb0(%x: i8, %y: i8, %old: i32):
    %0 = arith.extsi %x : i8 to i16
    %1 = arith.extsi %0 : i16 to i32
    %2 = arith.extui %y : i8 to i32
    %3 = arith.cmpi sge, %2, %1 : i32
    %4 = arith.select %3, %2, %1 : i32
    %5 = arith.addi %4, %old : i32
    %6 = arith.subi %1, %three : i32
    %7 = arith.addi %6, %5 : i32
    linalg.yield %7 : i32
  }
  func.return
}

// A selection that keeps a NaN is a maximum. One that turns it into 0 is not, and stays.
// CHECK-LABEL: func.func @relu
// CHECK:         arith.maximumf %x, %{{.*}} : f32
// CHECK-NEXT:    linalg.yield
// CHECK:         %[[C:[^ ]+]] = arith.cmpf ogt, %[[X:[^ ]+]], %[[Z:[^ ]+]] : f32
// CHECK-NEXT:    %[[S:[^ ]+]] = arith.select %[[C]], %[[X]], %[[Z]] : f32
// CHECK-NEXT:    linalg.yield %[[S]]
func.func @relu(%a: memref<8xf32>, %b: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = arith.cmpf ugt, %x, %zero : f32
    %1 = arith.select %0, %x, %zero : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) {
  ^bb0(%x: f32, %old: f32):
    %0 = arith.cmpf ule, %x, %zero : f32
    %1 = arith.select %0, %zero, %x : f32
    linalg.yield %1 : f32
  }
  func.return
}

// Names that are there stay.
// CHECK-LABEL: func.func @named
// CHECK:         {kernel.axes = ["row"]}
func.func @named(%a: memref<8xf32>, %b: memref<8xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<8xf32>) outs(%b : memref<8xf32>) attrs = {kernel.axes = ["row"]} {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  }
  func.return
}
