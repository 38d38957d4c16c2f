// Only an instruction may reach beyond its operands.
// RUN: not isa-opt %s -p lower-kernel 2>&1 | filecheck %s

func.func @guarded(%a: memref<3xf32>, %b: memref<4xf32>) {
  kernel.contract "i->i"(%a) into %b {guarded} : (memref<3xf32>, memref<4xf32>)
  func.return
}

// CHECK: lower-kernel_guarded_invalid.mlir:5:3: error: 'guarded' is for the bodies of instructions; pad the operands
