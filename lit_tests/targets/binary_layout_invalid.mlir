// RUN: isa-opt --split-input-file --verify-diagnostics %s -p synchronise -t asm | filecheck %s

// A layout of other elements than the argument.
// CHECK: error: 'isa.layout' has 128 elements, the argument is memref<4x16xi8, @dram>
isa.import @npu from "npu"
func.func @f(%a: memref<4x16xi8, @dram> {isa.layout = {shape = array<i64: 8, 16>,
    dimensions = [array<i64: 0, 8, 1, 0>, array<i64: 1, 16, 1, 0>]}}) {
  %s = memref.alloc() {isa.address = 8 : i64} : memref<4x16xi8, @spad>
  isa.invoke @npu::@fill_i8(%s) with {value = 0 : i8} : memref<4x16xi8, @spad>
  isa.invoke @npu::@store_i8(%a, %s) : memref<4x16xi8, @dram>, memref<4x16xi8, @spad>
  func.return
}

// -----

// A piece of a dimension that the array does not have.
// CHECK: error: 'isa.layout' needs a shape, and four numbers per dimension
isa.import @npu from "npu"
func.func @f(%a: memref<4x16xi8, @dram> {isa.layout = {shape = array<i64: 4>,
    dimensions = [array<i64: 0, 4, 1, 0>, array<i64: 1, 16, 1, 0>]}}) {
  %s = memref.alloc() {isa.address = 8 : i64} : memref<4x16xi8, @spad>
  isa.invoke @npu::@fill_i8(%s) with {value = 0 : i8} : memref<4x16xi8, @spad>
  isa.invoke @npu::@store_i8(%a, %s) : memref<4x16xi8, @dram>, memref<4x16xi8, @spad>
  func.return
}
