// RUN: isa-opt %s -p configure | filecheck %s

isa.import @npu from "npu"

!rows = memref<16x16xi8, strided<[32, 1]>, @dram>
!tile = memref<16x16xi8, @spad>

// The pitch is set once per engine; the counts of hardware loops again where they change, steps only of
// loops that run more than once. Both loads are as long, so they are on different engines.
// CHECK-LABEL: func.func @loads
// CHECK-COUNT-2: memref.alloc()
// CHECK-NEXT:    isa.view
// CHECK-NEXT:    isa.view
// CHECK-NEXT:    isa.set @npu::@load_pitch to 32 on "load.0"
// CHECK-NEXT:    isa.set @npu::@load_count0 to 1 on "load.0"
// CHECK-NEXT:    isa.set @npu::@load_count1 to 1 on "load.0"
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%s, %p) on "load.0"
// CHECK-NEXT:    isa.set @npu::@load_pitch to 32 on "load.1"
// CHECK-NEXT:    isa.set @npu::@load_count0 to 1 on "load.1"
// CHECK-NEXT:    isa.set @npu::@load_count1 to 1 on "load.1"
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%t, %q) on "load.1"
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%s, %p) on "load.0"
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%t, %q) on "load.1"
// CHECK-NEXT:    return
func.func @loads(%a: memref<16x32xi8, @dram>, %b: memref<16x32xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 16 : i64} : !tile
  %p = isa.view %a {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<16x32xi8, @dram> -> !rows
  %q = isa.view %b {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<16x32xi8, @dram> -> !rows
  isa.invoke @npu::@load_i8(%s, %p) : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %q) : !tile, !rows
  isa.invoke @npu::@load_i8(%s, %p) : !tile, !rows
  isa.invoke @npu::@load_i8(%t, %q) : !tile, !rows
  func.return
}

isa.target @keeper attributes {dim = 4 : i64} {
  isa.memory @dram cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 4 : i64}
  isa.unit @execute {queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], c[4:16], a[20:16], b[36:16]]
  isa.instruction @mul(%c: memref<4x4xi8, @spad>, %a: memref<4x4xi8, @spad>, %b: memref<4x4xi8, @spad>)
      on @execute cost<latency = 4, interval = 4>
      encoded<@word, opcode = 1, c = address(c), a = address(a), b = address(b)>
      keeping b encoded<@word, opcode = 2, c = address(c), a = address(a)> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (memref<4x4xi8, @spad>, memref<4x4xi8, @spad>, memref<4x4xi8, @spad>)
  }
}

!four = memref<4x4xi8, @spad>

// The second product keeps %b; the fourth does not, as the third has written over it.
// CHECK-LABEL: func.func @keeps
// CHECK:         isa.invoke @keeper::@mul(%c, %a, %b) on "execute" :
// CHECK-NEXT:    isa.invoke @keeper::@mul(%c, %c, %b) on "execute" keeping [b] :
// CHECK-NEXT:    isa.invoke @keeper::@mul(%b, %a, %b) on "execute" keeping [b] :
// CHECK-NEXT:    isa.invoke @keeper::@mul(%c, %a, %b) on "execute" :
// CHECK-NEXT:    isa.invoke @keeper::@mul(%c, %a, %a) on "execute" :
func.func @keeps() {
  %a = memref.alloc() {isa.address = 0 : i64} : !four
  %b = memref.alloc() {isa.address = 4 : i64} : !four
  %c = memref.alloc() {isa.address = 8 : i64} : !four
  isa.invoke @keeper::@mul(%c, %a, %b) : !four, !four, !four
  isa.invoke @keeper::@mul(%c, %c, %b) : !four, !four, !four
  isa.invoke @keeper::@mul(%b, %a, %b) : !four, !four, !four
  isa.invoke @keeper::@mul(%c, %a, %b) : !four, !four, !four
  isa.invoke @keeper::@mul(%c, %a, %a) : !four, !four, !four
  func.return
}

// Of a single row the stride does not matter, but it is `required`: with it Gemmini's scale is set.
isa.import @gemmini16 from "gemmini16"
// CHECK-LABEL: func.func @row
func.func @row(%a: memref<1x16xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : memref<1x16xi8, @spad>
  // CHECK: isa.set @gemmini16::@load_stride to 0 on "load"
  // CHECK-NEXT: isa.invoke @gemmini16::@mvin
  // CHECK-NEXT: isa.invoke @gemmini16::@mvin
  isa.invoke @gemmini16::@mvin(%s, %a) : memref<1x16xi8, @spad>, memref<1x16xi8, @dram>
  isa.invoke @gemmini16::@mvin(%s, %a) : memref<1x16xi8, @spad>, memref<1x16xi8, @dram>
  func.return
}
