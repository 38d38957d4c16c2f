// RUN: isa-opt %s -p "map-instructions{target=avx512},plan-schedule{target=avx512}" | filecheck %s
// RUN: isa-opt %s -p "map-instructions{target=avx512},plan-schedule{target=avx512 threads=4}" | filecheck %s --check-prefix=THREADS
// RUN: isa-opt %s -p 'map-instructions{target=avx512},plan-schedule{target=avx512 plan="%S/Inputs/gemm.plan"}' | filecheck %s --check-prefix=PLAN

// One schedule takes the place of the candidates; the registers of the output come before the
// loop over the reduction.
// CHECK-LABEL: func.func @gemm
// CHECK-NOT:     plan.mappings
// CHECK:         plan.schedule = #plan.schedule<#plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes
// CHECK-SAME:      place out in @zmm
// CHECK-SAME:      for k by 1
// CHECK-SAME:      place in0 in @zmm

// THREADS: #plan.schedule<{{.*}}, [parallel

// A plan from a file is taken as it is.
// PLAN: plan.schedule = #plan.schedule<#plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1]{{.*}}>, [for m by 2, place out in @zmm, for k by 1, place in1 in @zmm, unroll m by 1, place in0 in @zmm]>
func.func @gemm(%a: memref<64x48xf32>, %b: memref<48x64xf32>, %c: memref<64x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<64x48xf32>, memref<48x64xf32>) outs(%c : memref<64x64xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
