// RUN: isa-opt %s -p lower-moves --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: lower-moves needs to know the machine, but the module names 0
// CHECK: hint: say which: lower-moves{target=NAME}
func.func @none(%a: memref<16xf32>, %b: memref<16xf32>) {
  isa.move %a to %b : memref<16xf32> to memref<16xf32>
  func.return
}

// -----

// CHECK: error: @toy has no move of f32 from @mem to @v
isa.target @toy {
  isa.memory @mem cached
  isa.memory @v register {count = 4 : i64, bytes = 16 : i64, c.types = {f32 = "float"}}
}
func.func @no_way(%a: memref<4xf32>, %r: memref<4xf32, @v>) {
  isa.move %a to %r : memref<4xf32> to memref<4xf32, @v>
  func.return
}

// -----

// CHECK: error: memref<16xf32, strided<[?]>> has no fixed strides
isa.import @avx512 from "avx512"
func.func @strides(%a: memref<16xf32, strided<[?]>>, %b: memref<16xf32>) {
  isa.move %a to %b : memref<16xf32, strided<[?]>> to memref<16xf32>
  func.return
}
