// RUN: isa-opt %s -p "map-instructions{target=avx512},plan-space{target=avx512 sample=2}" 2>&1 | filecheck %s
// RUN: isa-opt %s -p "map-instructions{target=avx512},plan-space{target=avx512 sample=0}" | filecheck %s --check-prefix=SAME

// The size of the space, what is left out, the default plan and a sample.
// CHECK:      remark: c[m, n] += a[m, k] * b[k, n] for m=64, n=64, k=48
// CHECK-NEXT:   {{[0-9,]+}} plans
// CHECK:        left out: a register tile takes more than the 32 registers ({{[0-9]+}}, such as
// CHECK:        default: @avx512::@fmadd_ps, mapping: 0, way: panels, axes: m n, tile m: {{[0-9]+}}, tile n: {{[0-9]+}}, order:
// CHECK-SAME:   cut: 0, shared: 1 [{{.*}} cycles, bound by
// CHECK-NEXT:   sample: @avx512::
// CHECK-NEXT:   sample: @avx512::

// The module stays as it is.
// SAME: plan.mappings
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
