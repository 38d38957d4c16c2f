// RUN: not isa-run %s --interpret 2>&1 | filecheck %s
// RUN: not isa-run %s --interpret --entry odd 2>&1 | filecheck %s --check-prefix=TYPE
// RUN: not isa-run %s --interpret --entry open 2>&1 | filecheck %s --check-prefix=SHAPE
// RUN: not isa-run %s --interpret --entry copy --input %s 2>&1 | filecheck %s --check-prefix=NPY
// RUN: not isa-run "mk,kn" --target scalar 2>&1 | filecheck %s --check-prefix=FILE

// CHECK:      error: the module has several functions: @odd, @open, @copy
// CHECK-NEXT: hint: choose one with --entry

// TYPE:      isa-run_invalid.mlir:{{[0-9]+}}:1: error: x: arrays of i7 are not supported
// TYPE-NEXT: func.func @odd
func.func @odd(%x: tensor<4xi7>) { func.return }

// SHAPE: error: x has the dynamic shape tensor<?xf32>: sizes must be given
func.func @open(%x: tensor<?xf32>) { func.return }

// NPY: isa-run_invalid.mlir: not a complete .npy file
func.func @copy(%x: tensor<4xf32>) -> tensor<4xf32> { func.return %x : tensor<4xf32> }

// FILE: mk,kn: error: No such file or directory
