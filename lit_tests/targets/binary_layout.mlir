// RUN: isa-opt %s -p configure,synchronise -t asm | filecheck %s

isa.import @npu from "npu"

// An argument of four blocks of 16 columns, one after the other, is an array of 4 x 60 of the caller's.
// CHECK: .buffer a input i8 [4, 60] layout [1:4*16, 0:4, 1:16] align 64
// CHECK: .buffer b output i8 [4, 16] layout [0:4, 1:16] align 64
func.func @block(
    %a: memref<4x4x16xi8, @dram> {isa.layout = {shape = array<i64: 4, 60>,
      dimensions = [array<i64: 1, 4, 16, 0>, array<i64: 0, 4, 1, 0>, array<i64: 1, 16, 1, 0>]}},
    %b: memref<4x16xi8, @dram>) {
  %s = memref.alloc() {isa.address = 8 : i64} : memref<4x16xi8, @spad>
  %v = isa.view %a {map = affine_map<(d0, d1) -> (1, d0, d1)>}
    : memref<4x4x16xi8, @dram> -> memref<4x16xi8, strided<[16, 1], offset: 64>, @dram>
  isa.invoke @npu::@load_i8(%s, %v) : memref<4x16xi8, @spad>, memref<4x16xi8, strided<[16, 1], offset: 64>, @dram>
  isa.invoke @npu::@store_i8(%b, %s) : memref<4x16xi8, @dram>, memref<4x16xi8, @spad>
  func.return
}
