// RUN: isa-opt %s -p collapse-loops | filecheck %s

isa.import @npu from "npu"

!tile = memref<16x16xi8, strided<[16, 1], offset: ?>, @spad>
!from = memref<16x16xi8, strided<[64, 1], offset: ?>, @dram>

// Two loads in one loop: each becomes a hardware loop of its own.
// CHECK-LABEL: func.func @tiles
// CHECK-NOT:     scf.for
// CHECK:         isa.invoke @npu::@load_i8(%s, %{{[^ ]+}}) repeat [4] : memref<4x16x16xi8, @spad>, memref<4x16x16xi8, strided<[16, 64, 1]>, @dram>
// CHECK:         isa.invoke @npu::@load_i8(%t, %{{[^ ]+}}) repeat [4] : memref<4x16x16xi8, @spad>, memref<4x16x16xi8, strided<[16, 64, 1]>, @dram>
func.func @tiles(%a: memref<16x64xi8, @dram>, %b: memref<16x64xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  %s = memref.alloc() : memref<4x16x16xi8, @spad>
  %t = memref.alloc() : memref<4x16x16xi8, @spad>
  scf.for %i = %0 to %4 step %1 {
    %p = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<4x16x16xi8, @spad> -> !tile
    %q = isa.view %t(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<4x16x16xi8, @spad> -> !tile
    %u = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    %v = isa.view %b(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    isa.invoke @npu::@load_i8(%p, %u) : !tile, !from
    isa.invoke @npu::@load_i8(%q, %v) : !tile, !from
  }
  func.return
}

// The second load of an iteration is written over by the first of the next: their order matters.
// CHECK-LABEL: func.func @over
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8
// CHECK:           isa.invoke @npu::@load_i8
func.func @over(%a: memref<16x64xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  %s = memref.alloc() : memref<5x16x16xi8, @spad>
  scf.for %i = %0 to %4 step %1 {
    %p = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<5x16x16xi8, @spad> -> !tile
    %q = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (s0 + 1, d0, d1)>} : memref<5x16x16xi8, @spad> -> !tile
    %u = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    isa.invoke @npu::@load_i8(%p, %u) : !tile, !from
    isa.invoke @npu::@load_i8(%q, %u) : !tile, !from
  }
  func.return
}

// A load and a store are of different units, which run beside each other: the loop stays.
// CHECK-LABEL: func.func @two_units
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8
// CHECK:           isa.invoke @npu::@store_i8
func.func @two_units(%a: memref<16x64xi8, @dram>, %b: memref<16x64xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  %s = memref.alloc() : memref<4x16x16xi8, @spad>
  scf.for %i = %0 to %4 step %1 {
    %p = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<4x16x16xi8, @spad> -> !tile
    %u = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    %v = isa.view %b(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    isa.invoke @npu::@load_i8(%p, %u) : !tile, !from
    isa.invoke @npu::@store_i8(%v, %p) : !from, !tile
  }
  func.return
}

// Half a row is no whole address: the loop stays. A loop of one iteration goes.
// CHECK-LABEL: func.func @steps
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8
// CHECK:         }
// CHECK-NEXT:    isa.view %a {map = affine_map<(d0, d1) -> (d0, (d1 + 48))>}
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%s, %{{[^ ]+}}) : memref
func.func @steps(%a: memref<16x64xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %3 = arith.constant 3 : index
  %4 = arith.constant 4 : index
  %2 = arith.constant 2 : index
  %s = memref.alloc() : memref<16x16xi8, @spad>
  scf.for %i = %0 to %2 step %1 {
    %p = isa.view %s(%i) {map = affine_map<(d0, d1)[s0] -> (d0, 8 * s0 + d1)>}
      : memref<16x16xi8, @spad> -> memref<16x8xi8, strided<[16, 1], offset: ?>, @spad>
    %u = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>}
      : memref<16x64xi8, @dram> -> memref<16x8xi8, strided<[64, 1], offset: ?>, @dram>
    isa.invoke @npu::@load_i8(%p, %u)
      : memref<16x8xi8, strided<[16, 1], offset: ?>, @spad>, memref<16x8xi8, strided<[64, 1], offset: ?>, @dram>
  }
  scf.for %i = %3 to %4 step %1 {
    %u = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0, d1 + 16 * s0)>} : memref<16x64xi8, @dram> -> !from
    isa.invoke @npu::@load_i8(%s, %u) : memref<16x16xi8, @spad>, !from
  }
  func.return
}

// Every iteration has a buffer for itself: with one for each of them, the loop can be distributed.
// CHECK-LABEL: func.func @own
// CHECK-NOT:     scf.for
// CHECK:         %t = memref.alloc() : memref<4x16x16xf32, @acc>
// CHECK:         isa.invoke @npu::@exp_f32(%t, %{{[^ ]+}}) repeat [4]
// CHECK:         isa.invoke @npu::@reciprocal_f32(%{{[^ ]+}}, %t) repeat [4]
func.func @own(%a: memref<4x16x16xf32, @acc>, %c: memref<4x16x16xf32, @acc>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  scf.for %i = %0 to %4 step %1 {
    %t = memref.alloc() : memref<16x16xf32, @acc>
    %x = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<4x16x16xf32, @acc> -> memref<16x16xf32, strided<[16, 1], offset: ?>, @acc>
    %z = isa.view %c(%i) {map = affine_map<(d0, d1)[s0] -> (s0, d0, d1)>} : memref<4x16x16xf32, @acc> -> memref<16x16xf32, strided<[16, 1], offset: ?>, @acc>
    isa.invoke @npu::@exp_f32(%t, %x) : memref<16x16xf32, @acc>, memref<16x16xf32, strided<[16, 1], offset: ?>, @acc>
    isa.invoke @npu::@reciprocal_f32(%z, %t) : memref<16x16xf32, strided<[16, 1], offset: ?>, @acc>, memref<16x16xf32, @acc>
  }
  func.return
}
