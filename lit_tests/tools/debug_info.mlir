// RUN: isa-opt %s --print-debuginfo --print-op-generic | filecheck %s

func.func @f(%a: i32) -> i32 {
  %b = "arith.addi"(%a, %a) : (i32, i32) -> i32
  %c = "arith.addi"(%a, %b) : (i32, i32) -> i32 loc("elsewhere.py":7:1)
  func.return %c : i32
}

// CHECK: "arith.addi"(%a, %a) {{.*}} loc("{{.*}}debug_info.mlir":4:3)
// CHECK: "arith.addi"(%a, %b) {{.*}} loc("elsewhere.py":7:1)
