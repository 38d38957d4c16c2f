// RUN: isa-opt %s -p "normalize-statements,transform-statements{target=avx512_vnni}" | filecheck %s

// Products of u8 x s8 do quantised matrices: one operand is shifted where it is used, and sums of the other factors
// compensate that and the zero points, on one axis each.

// CHECK-LABEL: func.func @quantised
// CHECK:         %[[ROWS:sum[_0-9]*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%a
// CHECK:         %[[COLUMNS:sum[_0-9]*]] = linalg.generic {{.*}}["parallel", "reduction"]} ins(%b
// CHECK:         %[[M:offset[_0-9]*]] = linalg.generic {{.*}}["parallel"]} ins(%[[ROWS]],
// CHECK:         %[[N:offset[_0-9]*]] = linalg.generic {{.*}}["parallel"]} ins(%[[COLUMNS]],
// CHECK:         %[[START:[a-z_0-9]+]] = linalg.generic {{.*}}["parallel", "parallel"]} ins(%c, %[[M]], %[[N]] :
// CHECK:         linalg.generic {{.*}}["parallel", "parallel", "reduction"]} ins(%a{{.*}}, %b{{.*}}outs(%[[START]] :
// CHECK-SAME:      kernel.chain = ["offset-compensation:
// CHECK:           arith.constant 128 : i32
func.func @quantised(%a: tensor<64x128xi8>, %b: tensor<128x96xi8>, %x: i32, %y: i32, %c: tensor<64x96xi32>)
    -> tensor<64x96xi32> {
  %0 = linalg.quantized_matmul ins(%a, %b, %x, %y : tensor<64x128xi8>, tensor<128x96xi8>, i32, i32)
    outs(%c : tensor<64x96xi32>) -> tensor<64x96xi32>
  func.return %0 : tensor<64x96xi32>
}
