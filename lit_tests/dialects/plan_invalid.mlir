// RUN: isa-opt %s --split-input-file --parsing-diagnostics | filecheck %s

// CHECK: the size of a tile must be at least 1
"test.op"() {step = #plan.step<for n by 0>} : () -> ()

// -----

// CHECK: the number of buffers must be at least 1
"test.op"() {step = #plan.step<place in0 in @spad buffers 0>} : () -> ()

// -----

// CHECK: unknown step 'loop': expected 'for', 'parallel', 'unroll' or 'place'
"test.op"() {step = #plan.step<loop n by 4>} : () -> ()

// -----

// CHECK: expected the instruction as a symbol, such as @avx512::@fmadd_ps
"test.op"() {mapping = #plan.mapping<"fmadd_ps", inputs = [0], axes = []>} : () -> ()

// -----

// CHECK: expected a #plan.mapping<...> as the first part of a schedule
"test.op"() {schedule = #plan.schedule<@avx512::@fmadd_ps, [for n by 4]>} : () -> ()
