// RUN: isa-opt %s | isa-opt | filecheck %s
// RUN: isa-opt %s --print-op-generic | isa-opt | filecheck %s

// CHECK: mapping = #plan.mapping<@avx512::@fmadd_ps, inputs = [1, 0], axes = {{\[\["n"\], \[\]\]}}>
"test.op"() {mapping = #plan.mapping<@avx512::@fmadd_ps, inputs = [1, 0], axes = [["n"], []]>} : () -> ()

// CHECK: delivery = ["broadcast", "direct+pad", "direct"], utilisation = 0.75>
"test.op"() {mapping = #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["m", "n"]],
  delivery = ["broadcast", "direct+pad", "direct"], utilisation = 0.75>} : () -> ()

// CHECK: steps = [#plan.step<for n by 48>, #plan.step<parallel m by 1>, #plan.step<unroll k by 2>, #plan.step<place in1 in @mem>, #plan.step<place in0 in @spad buffers 3>]
"test.op"() {steps = [#plan.step<for n by 48>, #plan.step<parallel m by 1>,
  #plan.step<unroll k by 2>, #plan.step<place in1 in @mem>,
  #plan.step<place in0 in @spad buffers 3>]} : () -> ()

// CHECK: schedule = #plan.schedule<#plan.mapping<@scalar::@expression, inputs = [0], axes = []>, [for n by 48, place out in @mem]>
"test.op"() {schedule = #plan.schedule<#plan.mapping<@scalar::@expression, inputs = [0], axes = []>,
  [for n by 48, place out in @mem]>} : () -> ()
