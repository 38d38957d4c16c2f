// RUN: isa-opt %s -p "compile{target=matrix16}" | filecheck %s

// Tiles of a matrix engine: one move stores a tile where its rows lie apart, so that results are not
// gathered in a buffer first, and what follows a product takes each tile before it is stored.

// CHECK-LABEL: func.func @dense
// CHECK:         scf.for
// CHECK:           isa.invoke @matrix16::@multiply_f32
// CHECK:           isa.invoke @matrix16::@load_f32(%{{.*}}, %{{.*}}) : memref<16x16xf32, @tile>, memref<16x16xf32, strided<[0, 1], offset: ?>>
// CHECK:           isa.invoke @matrix16::@add_f32
// CHECK-NEXT:      isa.invoke @matrix16::@clamp_f32
// CHECK:           isa.invoke @matrix16::@store_f32(%{{.*}}, %{{.*}}) : memref<16x16xf32, strided<[96, 1], offset: ?>>, memref<16x16xf32, @tile>
func.func @dense(%a: tensor<64x48xf32>, %w: tensor<48x96xf32>, %b: tensor<96xf32>)
    -> tensor<64x96xf32> {
  %y = kernel.matmul %a, %w bias %b {activation = "relu"}
    : tensor<64x48xf32>, tensor<48x96xf32>, tensor<96xf32> -> tensor<64x96xf32>
  func.return %y : tensor<64x96xf32>
}

// CHECK-LABEL: func.func @bytes
// CHECK-NOT:     memref<64x96xi32>
// CHECK:         isa.invoke @matrix16::@multiply_i8
// CHECK:         isa.invoke @matrix16::@requantise_i8
// CHECK-SAME:      relu = true
// CHECK:         isa.invoke @matrix16::@store_i8
func.func @bytes(%a: tensor<64x48xi8>, %w: tensor<48x96xi8>) -> tensor<64x96xi8> {
  %y = kernel.matmul %a, %w {activation = "relu", requantise = {multiplier = 5, shift = 12,
      rounding = "away", zero_point = 3}} : tensor<64x48xi8>, tensor<48x96xi8> -> tensor<64x96xi8>
  func.return %y : tensor<64x96xi8>
}

// Ones to sum with are set where they are wanted, not copied.

// CHECK-LABEL: func.func @sum
// CHECK:         scf.for
// CHECK:           isa.invoke @matrix16::@fill_f32(%{{.*}}) with {value = 1.000000e+00 : f32}
// CHECK-NOT:       get_global
// CHECK:           isa.invoke @matrix16::@multiply_bt_f32
func.func @sum(%a: tensor<64x48xf32>) -> tensor<64xf32> {
  %y = kernel.reduce "sum" %a {axes = [1]} : tensor<64x48xf32> -> tensor<64xf32>
  func.return %y : tensor<64xf32>
}
