// RUN: isa-opt %s -p interleave-engines | filecheck %s

isa.import @npu from "npu"

!rows = memref<128x16xi8, @dram>
!tile = memref<128x16xi8, @spad>

// Each load takes 128 cycles, and 40 more until the tile is there. The first tile can be stored before the
// third is loaded; the queue of the loads must not be in the way of that.
// CHECK-LABEL: func.func @copy
// CHECK:       %half = isa.view %s
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%s, %a) on "load.0"
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%t, %a) on "load.0"
// CHECK-NEXT:  isa.invoke @npu::@store_i8(%b, %half) on "store"
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%u, %a) on "load.0"
// CHECK-NEXT:  isa.invoke @npu::@store_i8(%c, %t) on "store"
// CHECK-NEXT:  return
func.func @copy(%a: !rows, %b: memref<64x16xi8, @dram>, %c: !rows) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 128 : i64} : !tile
  %u = memref.alloc() {isa.address = 256 : i64} : !tile
  isa.invoke @npu::@load_i8(%s, %a) on "load.0" : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %a) on "load.0" : !tile, !rows
  isa.invoke @npu::@load_i8(%u, %a) on "load.0" : !tile, !rows
  %half = isa.view %s {map = affine_map<(d0, d1) -> (d0, d1)>} : !tile -> memref<64x16xi8, @spad>
  isa.invoke @npu::@store_i8(%b, %half) : memref<64x16xi8, @dram>, memref<64x16xi8, @spad>
  isa.invoke @npu::@store_i8(%c, %t) : !rows, !tile
  func.return
}

// What waits or signals already keeps its order, and so does what sets configurations.
// CHECK-LABEL: func.func @settled
// CHECK:       isa.invoke @npu::@load_i8(%t, %a) : memref
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%t, %a) : memref
// CHECK-NEXT:  isa.set
// CHECK-NEXT:  isa.invoke @npu::@store_i8(%b, %s) : memref
func.func @settled(%a: !rows, %b: !rows) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 128 : i64} : !tile
  isa.invoke @npu::@load_i8(%s, %a) : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %a) : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %a) : !tile, !rows
  isa.set @npu::@store_pitch to 16 on "store"
  isa.invoke @npu::@store_i8(%b, %s) : !rows, !tile
  func.return
}

// The last load writes what the store reads: it comes later, though its engine is free before.
// CHECK-LABEL: func.func @again
// CHECK:       isa.invoke @npu::@load_i8(%s, %a) on "load.0"
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%t, %a) on "load.1"
// CHECK-NEXT:  isa.invoke @npu::@store_i8(%b, %s) on "store"
// CHECK-NEXT:  isa.invoke @npu::@load_i8(%s, %a) on "load.0"
func.func @again(%a: !rows, %b: !rows) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 128 : i64} : !tile
  isa.invoke @npu::@load_i8(%s, %a) on "load.0" : !tile, !rows
  isa.invoke @npu::@store_i8(%b, %s) : !rows, !tile
  isa.invoke @npu::@load_i8(%s, %a) on "load.0" : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %a) on "load.1" : !tile, !rows
  func.return
}
