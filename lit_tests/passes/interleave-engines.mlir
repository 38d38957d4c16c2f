// RUN: isa-opt %s -p interleave-engines | filecheck %s

isa.import @gemmini16 from "gemmini16"

!a = memref<16x16xi8, @spad>
!c = memref<16x16xi32, @acc>
!in = memref<16x16xi8, @dram>
!out = memref<16x16xi32, @dram>

// The second load needs nothing of what stands before it; the store waits for the product.
// CHECK-LABEL: func.func @rows
// CHECK:         isa.invoke @gemmini16::@mvin(%s, %a) on "load"
// CHECK-NEXT:    isa.invoke @gemmini16::@mvin(%t, %a) on "load"
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply(%c, %s, %s) on "execute"
// CHECK-NEXT:    isa.invoke @gemmini16::@mvout_i32(%b, %c) on "store"
// CHECK-NEXT:    return
func.func @rows(%a: !in, %b: !out) {
  %s = memref.alloc() {isa.address = 0 : i64} : !a
  %t = memref.alloc() {isa.address = 16 : i64} : !a
  %c = memref.alloc() {isa.address = 0 : i64} : !c
  isa.invoke @gemmini16::@mvin(%s, %a) : !a, !in
  isa.invoke @gemmini16::@multiply(%c, %s, %s) : !c, !a, !a
  isa.invoke @gemmini16::@mvout_i32(%b, %c) : !out, !c
  isa.invoke @gemmini16::@mvin(%t, %a) : !a, !in
  func.return
}

// A load into rows that are still read stays behind.
// CHECK-LABEL: func.func @again
// CHECK:         isa.invoke @gemmini16::@mvin(
// CHECK-NEXT:    isa.invoke @gemmini16::@multiply(
// CHECK-NEXT:    isa.invoke @gemmini16::@mvin(
func.func @again(%a: !in) {
  %s = memref.alloc() {isa.address = 0 : i64} : !a
  %c = memref.alloc() {isa.address = 0 : i64} : !c
  isa.invoke @gemmini16::@mvin(%s, %a) : !a, !in
  isa.invoke @gemmini16::@multiply(%c, %s, %s) : !c, !a, !a
  isa.invoke @gemmini16::@mvin(%s, %a) : !a, !in
  func.return
}
