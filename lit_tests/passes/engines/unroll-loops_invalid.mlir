// RUN: not isa-opt %s -p "unroll-loops{limit=3}" 2>&1 | filecheck %s
// RUN: not isa-opt %s -p unroll-loops 2>&1 | filecheck %s --check-prefix=HOST

isa.import @npu from "npu"

// CHECK: unroll-loops_invalid.mlir:12:3: error: without loops @f has 4 instructions, at most 3 are allowed; most are in i
// HOST: unroll-loops_invalid.mlir:16:3: error: the engines of @npu cannot execute 'memref.load'
func.func @f(%a: memref<16x16xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %4 = arith.constant 4 : index
  scf.for %i = %0 to %4 step %1 {
    %s = memref.alloc() : memref<16x16xi8, @spad>
    isa.invoke @npu::@load_i8(%s, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
  }
  %x = memref.load %a[%0, %1] : memref<16x16xi8, @dram>
  func.return
}
