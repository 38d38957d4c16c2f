// RUN: isa-opt %s -p lower-kernel | filecheck %s
// Integers: what is summed is widened first, by its sign or by zeros; means are rounded.

// CHECK-LABEL: func.func @product
// CHECK:         arith.extui %{{.*}} : i8 to i32
// CHECK-NEXT:    arith.extsi %{{.*}} : i8 to i32
// CHECK-NEXT:    arith.muli
func.func @product(%x: tensor<4x5xi8>, %w: tensor<5x6xi8>) -> tensor<4x6xi32> {
  %0 = kernel.matmul %x, %w {unsigned = array<i64: 0>} : tensor<4x5xi8>, tensor<5x6xi8> -> tensor<4x6xi32>
  func.return %0 : tensor<4x6xi32>
}

// The exact sum is of i32; half of 6 is added away from zero before the division by 6.
// CHECK-LABEL: func.func @average
// CHECK:         linalg.generic
// CHECK-SAME:    outs(%{{.*}} : tensor<1x4x4x4xi32>)
// CHECK:           arith.extsi %{{.*}} : i8 to i32
// CHECK-NEXT:      arith.addi
// CHECK:         linalg.generic
// CHECK-SAME:    outs(%{{.*}} : tensor<1x4x4x4xi8>)
// CHECK:           %[[SIX:.*]] = arith.constant 6 : i32
// CHECK:           %[[HALF:.*]] = arith.shrsi %[[SIX]], %{{.*}} : i32
// CHECK:           %[[OFFSET:.*]] = arith.select %{{.*}}, %{{.*}}, %[[HALF]] : i32
// CHECK:           %[[RAISED:.*]] = arith.addi %{{.*}}, %[[OFFSET]] : i32
// CHECK-NEXT:      %[[MEAN:.*]] = arith.divsi %[[RAISED]], %[[SIX]] : i32
// CHECK-NEXT:      arith.trunci %[[MEAN]] : i32 to i8
func.func @average(%x: tensor<1x4x6x5xi8>) -> tensor<1x4x4x4xi8> {
  %0 = kernel.pool "average" %x {window = [3, 2]} : tensor<1x4x6x5xi8> -> tensor<1x4x4x4xi8>
  func.return %0 : tensor<1x4x4x4xi8>
}

// Padding that has no sign is the least that there is, 0, and so is the start.
// CHECK-LABEL: func.func @largest
// CHECK:         tensor.pad
// CHECK:           arith.constant 0 : i8
// CHECK:         arith.constant 0 : i8
// CHECK:         arith.maxui
func.func @largest(%x: tensor<1x4x6xi8>) -> tensor<1x4x6xi8> {
  %0 = kernel.pool "max" %x {window = [3], padding = [1], unsigned = array<i64: 0>} : tensor<1x4x6xi8> -> tensor<1x4x6xi8>
  func.return %0 : tensor<1x4x6xi8>
}
