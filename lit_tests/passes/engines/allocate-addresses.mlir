// RUN: isa-opt %s -p allocate-addresses | filecheck %s

isa.import @npu from "npu"

!spad = memref<4096x16xi8, @spad>

// Addresses count rows. There is room for four such buffers: what is no longer in use is used again,
// and of that what has been free for the longest. A buffer takes the rows that its strides leave free.
// CHECK-LABEL: func.func @f
// CHECK-NEXT:    %one = memref.alloc() {isa.address = [[ONE:[0-9]+]] : i64}
// CHECK-NEXT:    %two = memref.alloc() {isa.address = {{[0-9]+}} : i64}
// CHECK-NEXT:    %three = memref.alloc() {isa.address = {{[0-9]+}} : i64}
// CHECK-NEXT:    %four = memref.alloc() {isa.address = {{[0-9]+}} : i64}
// CHECK-NEXT:    %five = memref.alloc() {isa.address = [[ONE]] : i64}
// CHECK-NEXT:    %host = memref.alloc() : memref
// CHECK-NEXT:    %words = memref.alloc() {isa.address = 0 : i64} : memref<8x16xi32, strided<[64, 1]>, @acc>
// CHECK-NEXT:    %after = memref.alloc() {isa.address = 2048 : i64} : memref<8x16xi32, @acc>
func.func @f(%a: memref<4096x16xi8, @dram>, %b: memref<8x16xi32, @dram>) {
  %one = memref.alloc() : !spad
  %two = memref.alloc() : !spad
  %three = memref.alloc() : !spad
  %four = memref.alloc() : !spad
  %five = memref.alloc() : !spad
  %host = memref.alloc() : memref<4096x16xi8, @dram>
  %words = memref.alloc() : memref<8x16xi32, strided<[64, 1]>, @acc>
  %after = memref.alloc() : memref<8x16xi32, @acc>
  isa.invoke @npu::@load_i8(%one, %a) : !spad, memref<4096x16xi8, @dram>
  isa.invoke @npu::@load_i8(%two, %a) : !spad, memref<4096x16xi8, @dram>
  isa.invoke @npu::@load_i8(%three, %a) : !spad, memref<4096x16xi8, @dram>
  isa.invoke @npu::@load_i8(%four, %a) : !spad, memref<4096x16xi8, @dram>
  isa.invoke @npu::@store_i8(%host, %one) : memref<4096x16xi8, @dram>, !spad
  isa.invoke @npu::@store_i8(%host, %two) : memref<4096x16xi8, @dram>, !spad
  isa.invoke @npu::@load_i8(%five, %a) : !spad, memref<4096x16xi8, @dram>
  isa.invoke @npu::@store_i8(%host, %five) : memref<4096x16xi8, @dram>, !spad
  isa.invoke @npu::@store_i8(%host, %four) : memref<4096x16xi8, @dram>, !spad
  isa.invoke @npu::@store_i8(%host, %three) : memref<4096x16xi8, @dram>, !spad
  isa.invoke @npu::@load_i32(%after, %b) : memref<8x16xi32, @acc>, memref<8x16xi32, @dram>
  isa.invoke @npu::@copy_i32(%words, %after) : memref<8x16xi32, strided<[64, 1]>, @acc>, memref<8x16xi32, @acc>
  isa.invoke @npu::@add_i32(%after, %after, %words) : memref<8x16xi32, @acc>, memref<8x16xi32, @acc>, memref<8x16xi32, strided<[64, 1]>, @acc>
  func.return
}

// Every iteration has its own buffers: these come after one another, and their rows are used again.
// CHECK-LABEL: func.func @loop
// CHECK:         memref.alloc() {isa.address = 0 : i64} : memref<12288x16xi8, @spad>
// CHECK:         memref.alloc() {isa.address = 0 : i64} : memref<12288x16xi8, @spad>
func.func @loop(%a: memref<4096x16xi8, @dram>, %b: memref<4096x16xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %3 = arith.constant 3 : index
  scf.for %i = %0 to %3 step %1 {
    %s = memref.alloc() : memref<12288x16xi8, @spad>
    %p = isa.view %s {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<12288x16xi8, @spad> -> !spad
    isa.invoke @npu::@load_i8(%p, %a) : !spad, memref<4096x16xi8, @dram>
    isa.invoke @npu::@store_i8(%b, %p) : memref<4096x16xi8, @dram>, !spad
    %t = memref.alloc() : memref<12288x16xi8, @spad>
    %q = isa.view %t {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<12288x16xi8, @spad> -> !spad
    isa.invoke @npu::@load_i8(%q, %b) : !spad, memref<4096x16xi8, @dram>
    isa.invoke @npu::@store_i8(%b, %q) : memref<4096x16xi8, @dram>, !spad
  }
  func.return
}
