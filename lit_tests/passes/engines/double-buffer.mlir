// RUN: isa-opt %s -p double-buffer | filecheck %s

isa.import @npu from "npu"

!rows = memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>
#rows = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>

// The load of the next iteration comes before the store of this one; what is left over follows the loop.
// CHECK-LABEL: func.func @copy
// CHECK:         %[[TWO:s[_0-9]*]] = memref.alloc() {plan.buffers = 1 : i64} : memref<16x16xi8, @spad>
// CHECK-NEXT:    %[[ONE:s[_0-9]*]] = memref.alloc() {plan.buffers = 1 : i64} : memref<16x16xi8, @spad>
// CHECK:         isa.invoke @npu::@load_i8(%[[TWO]]
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8(%[[ONE]]
// CHECK:           isa.invoke @npu::@store_i8(%{{[^ ]+}}, %[[TWO]]
// CHECK:           isa.invoke @npu::@load_i8(%[[TWO]]
// CHECK:           isa.invoke @npu::@store_i8(%{{[^ ]+}}, %[[ONE]]
// CHECK:         }
// CHECK-NEXT:    isa.view %b {map = affine_map<(d0, d1) -> ((d0 + 64), d1)>}
// CHECK-NEXT:    isa.invoke @npu::@store_i8(%{{[^ ]+}}, %[[TWO]]
// CHECK-NEXT:    return
func.func @copy(%a: memref<80x16xi8, @dram>, %b: memref<80x16xi8, @dram>) {
  %first = arith.constant 0 : index
  %last = arith.constant 80 : index
  %step = arith.constant 16 : index
  scf.for %i = %first to %last step %step {
    %s = memref.alloc() : memref<16x16xi8, @spad>
    %from = isa.view %a(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    %to = isa.view %b(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>, !rows
    isa.invoke @npu::@store_i8(%to, %s) : !rows, memref<16x16xi8, @spad>
  }
  func.return
}

// What an iteration reads, the one before wrote: the loads stay behind the stores.
// CHECK-LABEL: func.func @chain
// CHECK:         scf.for
// CHECK:           isa.invoke @npu::@load_i8(%[[ONE:s[_0-9]*]]
// CHECK:           isa.invoke @npu::@store_i8(%{{[^ ]+}}, %[[ONE]]
// CHECK:           isa.invoke @npu::@load_i8(%[[TWO:s[_0-9]*]]
// CHECK:           isa.invoke @npu::@store_i8(%{{[^ ]+}}, %[[TWO]]
func.func @chain(%a: memref<80x16xi8, @dram>) {
  %first = arith.constant 0 : index
  %last = arith.constant 64 : index
  %step = arith.constant 16 : index
  scf.for %i = %first to %last step %step {
    %s = memref.alloc() : memref<16x16xi8, @spad>
    %from = isa.view %a(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    %to = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + s0 + 16, d1)>} : memref<80x16xi8, @dram> -> !rows
    isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>, !rows
    isa.invoke @npu::@store_i8(%to, %s) : !rows, memref<16x16xi8, @spad>
  }
  func.return
}

// The plan says how many; one stays one.
// CHECK-LABEL: func.func @planned
// CHECK-COUNT-3: memref.alloc() {plan.buffers = 1 : i64} : memref<16x16xi8, @spad>
// CHECK:         func.func @single
// CHECK-NOT:       memref.alloc()
// CHECK:           scf.for
// CHECK-NEXT:        memref.alloc()
// CHECK-NOT:       memref.alloc()
// CHECK:           return
func.func @planned(%a: memref<80x16xi8, @dram>, %b: memref<80x16xi8, @dram>) {
  %first = arith.constant 0 : index
  %last = arith.constant 80 : index
  %step = arith.constant 16 : index
  scf.for %i = %first to %last step %step {
    %s = memref.alloc() {plan.buffers = 3 : i64} : memref<16x16xi8, @spad>
    %from = isa.view %a(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    %to = isa.view %b(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>, !rows
    isa.invoke @npu::@store_i8(%to, %s) : !rows, memref<16x16xi8, @spad>
  }
  func.return
}
func.func @single(%a: memref<80x16xi8, @dram>, %b: memref<80x16xi8, @dram>) {
  %first = arith.constant 0 : index
  %last = arith.constant 80 : index
  %step = arith.constant 16 : index
  scf.for %i = %first to %last step %step {
    %s = memref.alloc() : memref<16x16xi8, @spad>
    %from = isa.view %a(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    %to = isa.view %b(%i) {map = #rows} : memref<80x16xi8, @dram> -> !rows
    isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>, !rows
    isa.invoke @npu::@store_i8(%to, %s) : !rows, memref<16x16xi8, @spad>
  } {plan.buffers = 1 : i64}
  func.return
}
