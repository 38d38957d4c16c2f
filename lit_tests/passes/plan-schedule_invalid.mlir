// RUN: not isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 plan="%S/Inputs/two.plan"}' 2>&1 | filecheck %s --check-prefix=COUNT
// RUN: not isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 plan="%S/Inputs/number.plan"}' 2>&1 | filecheck %s --check-prefix=NUMBER
// RUN: not isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 plan="%S/Inputs/step.plan"}' 2>&1 | filecheck %s --check-prefix=STEP
// RUN: not isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 plan="%S/Inputs/none.plan"}' 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 records="%S/Inputs/none.jsonl"}' 2>&1 | filecheck %s --check-prefix=RECORDS
// RUN: not isa-opt %s -p "map-instructions{target=avx512},plan-schedule{target=avx51}" 2>&1 | filecheck %s --check-prefix=TARGET
// RUN: not isa-opt %s -p "plan-schedule{target=avx512 threads=0}" 2>&1 | filecheck %s --check-prefix=THREADS
// RUN: not isa-opt %s -p "plan-schedule{plan=none.plan}" 2>&1 | filecheck %s --check-prefix=QUOTES

// COUNT: two.plan' has 2 schedules, the module has 1 statement
// NUMBER: number.plan' must hold one #plan.schedule<...> per statement, as a list
// STEP: step.plan:3:{{.*}}unknown step 'loop': expected 'for', 'parallel', 'unroll' or 'place'
// NONE: none.plan: error: No such file or directory
// RECORDS: error: there is no file of records '{{.*}}none.jsonl'
// RECORDS: hint: isa-tune writes one
// TARGET: unknown machine 'avx51'
// THREADS: error: option 'threads' is 0, but at least 1 is needed
// QUOTES: hint: a path stands in quotes: plan="plans/a.txt"
func.func @scale(%a: memref<64xf32>, %b: memref<64xf32>, %c: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%a, %b : memref<64xf32>, memref<64xf32>) outs(%c : memref<64xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    linalg.yield %p : f32
  }
  func.return
}
