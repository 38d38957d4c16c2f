// RUN: isa-opt %s -p fold-fills | filecheck %s

isa.import @gemmini16 from "gemmini16"

!a = memref<16x16xi8, @spad>
!c = memref<16x16xi32, @acc>
!part = memref<8x16xi32, strided<[16, 1]>, @acc>

// The first sum overwrites, the second adds to it.
// CHECK-LABEL: func.func @first
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply(
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply_add(
// CHECK-NEXT:    return
func.func @first(%a: !a, %c: !c) {
  isa.invoke @gemmini16::@zero(%c) : !c
  isa.invoke @gemmini16::@multiply_add(%c, %a, %a) : !c, !a, !a
  isa.invoke @gemmini16::@multiply_add(%c, %a, %a) : !c, !a, !a
  func.return
}

// The zeros are read before, and only a part is filled: both stay.
// CHECK-LABEL: func.func @read
// CHECK-NEXT:    isa.invoke @gemmini16::@zero(%c)
// CHECK-NEXT:    isa.invoke @gemmini16::@mvout_i32(
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply_add(
func.func @read(%a: !a, %c: !c, %out: memref<16x16xi32, @dram>) {
  isa.invoke @gemmini16::@zero(%c) : !c
  isa.invoke @gemmini16::@mvout_i32(%out, %c) : memref<16x16xi32, @dram>, !c
  isa.invoke @gemmini16::@multiply_add(%c, %a, %a) : !c, !a, !a
  func.return
}

// CHECK-LABEL: func.func @part
// CHECK:         isa.invoke @gemmini16::@zero(
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply_add(
func.func @part(%a: !a, %c: !c) {
  %half = isa.view %c {map = affine_map<(d0, d1) -> (d0, d1)>} : !c -> !part
  isa.invoke @gemmini16::@zero(%half) : !part
  isa.invoke @gemmini16::@multiply_add(%c, %a, %a) : !c, !a, !a
  func.return
}
