// RUN: isa-opt %s | filecheck %s
// RUN: isa-opt %s -p canonicalize,cse | filecheck %s --check-prefix=CSE
// RUN: isa-opt %s | isa-opt --print-op-generic | filecheck %s --check-prefix GENERIC

func.func @twice(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  %c = arith.addi %a, %a : i32
  %d = arith.muli %b, %c : i32
  func.return %d : i32
}

// CHECK-LABEL: func.func @twice
// CHECK-NEXT:    arith.addi
// CHECK-NEXT:    arith.addi
// CHECK-NEXT:    arith.muli

// CSE-LABEL: func.func @twice
// CSE-NEXT:    %[[B:[^ ]+]] = arith.addi
// CSE-NEXT:    arith.muli %[[B]], %[[B]]

// GENERIC: "builtin.module"() ({
// GENERIC:   "func.func"()
