// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s

func.func @used_before(%a: i32) -> i32 {
  %b = arith.addi %c, %a : i32
  %c = arith.addi %a, %a : i32
  func.return %b : i32
}

// CHECK:      dominance.mlir:4:3: error: operand #0 (%c) of 'arith.addi' does not dominate this use
// CHECK-NEXT:     %b = arith.addi %c, %a : i32
// CHECK-NEXT:     ^

// -----

func.func @other_branch(%p: i1, %a: i32) -> i32 {
  cf.cond_br %p, ^left, ^right
^left:
  %b = arith.addi %a, %a : i32
  cf.br ^right
^right:
  func.return %b : i32
}

// CHECK: dominance.mlir:21:3: error: operand #0 (%b) of 'func.return' does not dominate this use

// -----

func.func @inner(%p: i1, %a: i32) -> i32 {
  scf.if %p {
    %b = arith.addi %a, %a : i32
  }
  %c = arith.addi %a, %b : i32
  func.return %c : i32
}

// CHECK: dominance.mlir:32:23: error: value %b is used but not defined

// -----

func.func @unreachable(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  cf.br ^end
^dead:
  cf.br ^end
^end:
  func.return %b : i32
}

// CHECK-NOT: error
// CHECK: func.func @unreachable
