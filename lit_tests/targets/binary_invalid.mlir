// RUN: not isa-opt %s -t bin 2>&1 | filecheck %s
// RUN: not isa-opt %s -p unroll-loops -t asm 2>&1 | filecheck %s --check-prefix=ADDRESS
// RUN: not isa-opt %s -t "bin{entry=other}" 2>&1 | filecheck %s --check-prefix=ENTRY

isa.import @npu from "npu"

// CHECK: error: 'scf.for' has no binary form
// CHECK: run the pipeline first
// ADDRESS: error: a buffer has no address; run allocate-addresses before
// ENTRY: error: there is no function 'other' for a machine with engines
func.func @loop(%a: memref<16x16xi8, @dram>) {
  %0 = arith.constant 0 : index
  %1 = arith.constant 1 : index
  %2 = arith.constant 2 : index
  %s = memref.alloc() : memref<16x16xi8, @spad>
  scf.for %i = %0 to %2 step %1 {
    isa.invoke @npu::@load_i8(%s, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
  }
  func.return
}
