// RUN: isa-opt %s -p "compile{target=npu}" | filecheck %s

// A layer for engines: what follows the product takes its sums from where they are. The bias is added
// there, and bytes leave with the store that scales them; no sums go to the memory of arguments.
// CHECK-LABEL: func.func @layer
// CHECK:         isa.invoke @npu::@multiply_i8
// CHECK-NOT:     @store_i32
// CHECK:         isa.invoke @npu::@store_requantised_i8
// CHECK-SAME:      relu = true
func.func @layer(%a: tensor<64x48xi8>, %w: tensor<48x32xi8>, %b: tensor<32xi32>) -> tensor<64x32xi8> {
  %y = kernel.matmul %a, %w bias %b {activation = "relu", requantise = {multiplier = 5, shift = 12,
      rounding = "away", zero_point = 3}} : tensor<64x48xi8>, tensor<48x32xi8>, tensor<32xi32> -> tensor<64x32xi8>
  func.return %y : tensor<64x32xi8>
}
