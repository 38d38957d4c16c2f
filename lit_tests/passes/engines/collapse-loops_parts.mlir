// RUN: isa-opt %s -p "collapse-loops{share=8}" | filecheck %s

isa.import @npu from "npu"

// A long loop stays around parts of its iterations, which are as equal as can be; what is left over follows.
// CHECK-LABEL: func.func @long
// CHECK:         %[[LAST:[0-9]+]] = arith.constant 896 : index
// CHECK-NEXT:    %[[PART:[0-9]+]] = arith.constant 112 : index
// CHECK-NEXT:    scf.for %i = %0 to %[[LAST]] step %[[PART]] {
// CHECK:           isa.invoke @npu::@multiply_i8({{.*}}) repeat [112]
// CHECK:         }
// CHECK:         isa.invoke @npu::@multiply_i8({{.*}}) repeat [107]
func.func @long(%a: memref<1003x16x16xi8, @spad>, %b: memref<16x16xi8, @spad>, %c: memref<1003x16x16xi32, @acc>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 1003 : index
  scf.for %i = %0 to %2 step %1 {
    %x = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<1003x16x16xi8, @spad> -> memref<16x16xi8, strided<[16, 1], offset: ?>, @spad>
    %z = isa.view %c(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<1003x16x16xi32, @acc> -> memref<16x16xi32, strided<[16, 1], offset: ?>, @acc>
    isa.invoke @npu::@multiply_i8(%z, %x, %b) : memref<16x16xi32, strided<[16, 1], offset: ?>, @acc>, memref<16x16xi8, strided<[16, 1], offset: ?>, @spad>, memref<16x16xi8, @spad>
  }
  func.return
}
