// RUN: not isa-opt %s 2>&1 | filecheck %s
// RUN: isa-opt %s --verify-diagnostics | filecheck %s

func.func @f(%a: i32) -> i32 {
  %b = "arith.addi"(%a, %a) : (i32, i32) -> f32
  func.return %a : i32
}

// CHECK:      verify_error.mlir:5:3: error: 'arith.addi': result 'result' at position 0 does not verify: {{.*}} i32 expected from variable 'T', but got f32
// CHECK-NEXT:     %b = "arith.addi"(%a, %a) : (i32, i32) -> f32
// CHECK-NEXT:     ^
// CHECK-NOT:  {{.}}
