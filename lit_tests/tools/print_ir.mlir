// RUN: isa-opt %s -p cse,dce --print-ir-after-all 2>&1 | filecheck %s --check-prefix=ALL
// RUN: isa-opt %s -p cse,dce --print-ir-after-change 2>&1 | filecheck %s --check-prefix=CHANGE
// RUN: isa-opt %s -p cse,dce --print-between-passes -o %t 2>&1 | filecheck %s --check-prefix=BETWEEN
// RUN: isa-opt %s -p cse --time-passes -o %t 2>&1 | filecheck %s --check-prefix=TIME

func.func @f(%a: i32) -> i32 {
  %b = arith.addi %a, %a : i32
  %c = arith.addi %a, %a : i32
  %d = arith.muli %b, %c : i32
  func.return %d : i32
}

// ALL:      // -----// IR after cse //----- //
// ALL-NEXT: builtin.module
// ALL:      // -----// IR after dce //----- //
// ALL-NEXT: builtin.module

// CHANGE:      // -----// IR after cse //----- //
// CHANGE-NEXT: builtin.module
// CHANGE:      // -----// IR after dce (no change) //----- //

// BETWEEN:     // -----// IR after cse //----- //
// BETWEEN-NOT: IR after dce

// TIME:      seconds {{ *}}share {{ *}}pass
// TIME-NEXT: {{[0-9.]+ +[0-9.]+%}}  cse
// TIME-NEXT: {{[0-9.]+ +100.0%}}  total
