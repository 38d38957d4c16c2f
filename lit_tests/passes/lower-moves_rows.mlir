// RUN: isa-opt %s -p lower-moves | filecheck %s

// Moves by blocks of rows, for machines with scratchpads.

isa.import @npu from "npu"

// Rows that are apart in the memory of arguments, in loops where they do not lie in one block of rows.
// CHECK-LABEL: func.func @strided
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8({{.*}}) : memref<8x16xi8, strided<[16, 1], offset: ?>, @spad>, memref<8x16xi8, strided<[40, 1], offset: ?>>
// CHECK-NOT:       isa.invoke
func.func @strided(%a: memref<8x40xi8>, %s: memref<24x16xi8, @spad>) {
  %from = isa.view %a {map = affine_map<(d0, d1, d2) -> (d0, 16 * d1 + d2)>} : memref<8x40xi8> -> memref<8x2x16xi8, strided<[40, 16, 1]>>
  %to = isa.view %s {map = affine_map<(d0, d1, d2) -> (8 * d1 + d0, d2)>} : memref<24x16xi8, @spad> -> memref<8x2x16xi8, strided<[16, 128, 1]>, @spad>
  isa.move %from to %to : memref<8x2x16xi8, strided<[40, 16, 1]>> to memref<8x2x16xi8, strided<[16, 128, 1]>, @spad>
  func.return
}

// Absent rows at both ends are zeros that the load itself writes.
// CHECK-LABEL: func.func @pads
// CHECK:         isa.view %a {{.*}}guard_bounds = array<i64: 3>
// CHECK-NEXT:    isa.invoke @npu::@load_i8
// CHECK-NOT:     isa.invoke
func.func @pads(%a: memref<3x16xi8>, %s: memref<5x16xi8, @spad>) {
  %from = isa.view %a {map = affine_map<(d0, d1) -> (d0 - 1, d1)>, guard_map = affine_map<(d0, d1) -> (d0 - 1)>, guard_bounds = array<i64: 3>} : memref<3x16xi8> -> memref<5x16xi8, strided<[16, 1], offset: -16>>
  isa.move %from to %s : memref<5x16xi8, strided<[16, 1], offset: -16>> to memref<5x16xi8, @spad>
  func.return
}

// Absent columns are zeros that are there before, as no part of a row is written alone. Where the
// destination does not need them either, they are left.
// CHECK-LABEL: func.func @columns
// CHECK:         isa.invoke @npu::@fill_i8({{.*}}) with {value = 0 : i8} : memref<5x5xi8
// CHECK:         isa.invoke @npu::@load_i8({{.*}}, %a) : memref<5x3xi8
// CHECK-NOT:     @fill_i8
// CHECK:         isa.invoke @npu::@load_i8({{.*}}, %a) : memref<5x3xi8
func.func @columns(%a: memref<5x3xi8>, %s: memref<5x16xi8, @spad>) {
  %from = isa.view %a {map = affine_map<(d0, d1) -> (d0, d1)>, guard_map = affine_map<(d0, d1) -> (d1)>, guard_bounds = array<i64: 3>} : memref<5x3xi8> -> memref<5x5xi8, strided<[3, 1]>>
  %to = isa.view %s {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<5x16xi8, @spad> -> memref<5x5xi8, strided<[16, 1]>, @spad>
  isa.move %from to %to : memref<5x5xi8, strided<[3, 1]>> to memref<5x5xi8, strided<[16, 1]>, @spad>
  %need = isa.view %s {map = affine_map<(d0, d1) -> (d0, d1)>, guard_map = affine_map<(d0, d1) -> (d1)>, guard_bounds = array<i64: 3>} : memref<5x16xi8, @spad> -> memref<5x5xi8, strided<[16, 1]>, @spad>
  isa.move %from to %need : memref<5x5xi8, strided<[3, 1]>> to memref<5x5xi8, strided<[16, 1]>, @spad>
  func.return
}

// What lies the other way round comes by a load that transposes.
// CHECK-LABEL: func.func @turned
// CHECK-NEXT:    isa.invoke @npu::@load_transposed_i8(%s, %a)
func.func @turned(%a: memref<16x20xi8>, %s: memref<20x16xi8, @spad>) {
  %from = isa.view %a {map = affine_map<(d0, d1) -> (d1, d0)>} : memref<16x20xi8> -> memref<20x16xi8, strided<[1, 20]>>
  isa.move %from to %s : memref<20x16xi8, strided<[1, 20]>> to memref<20x16xi8, @spad>
  func.return
}

// No engine copies within the memory of arguments: blocks of rows go by way of a scratchpad.
// CHECK-LABEL: func.func @hop
// CHECK:         scf.for
// CHECK:           %[[HOP:[^ ]+]] = memref.alloc() : memref<4x16xf32, @acc>
// CHECK:           isa.invoke @npu::@load_f32(%[[HOP]],
// CHECK:           isa.invoke @npu::@store_f32(%{{[^ ]+}}, %[[HOP]])
// CHECK:         isa.invoke @npu::@load_f32({{.*}}) : memref<4x8xf32
// CHECK:         isa.invoke @npu::@store_f32({{.*}}) : memref<4x8xf32
func.func @hop(%a: memref<4x40xf32>, %b: memref<4x40xf32>) {
  isa.move %a to %b : memref<4x40xf32> to memref<4x40xf32>
  func.return
}

// CHECK-LABEL: func.func @fill
// CHECK-NEXT:    isa.invoke @npu::@fill_i32(%s) with {value = 7 : i32}
func.func @fill(%s: memref<5x16xi32, @acc>) {
  %c = arith.constant 7 : i32
  linalg.fill ins(%c : i32) outs(%s : memref<5x16xi32, @acc>)
  func.return
}
