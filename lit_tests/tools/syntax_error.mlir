// RUN: not isa-opt %s 2>&1 | filecheck %s

func.func @f(%a: i32) -> i32 {
  %b = arith.addd %a, %a : i32
  func.return %b : i32
}

// CHECK:      syntax_error.mlir:4:8: error: unknown operation 'arith.addd', did you mean 'arith.addi'?
// CHECK-NEXT:     %b = arith.addd %a, %a : i32
// CHECK-NEXT:          ^^^^^^^^^^
// CHECK-NOT:  {{.}}
