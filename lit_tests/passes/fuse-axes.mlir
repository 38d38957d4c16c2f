// RUN: isa-opt %s -p fuse-axes | filecheck %s

isa.import @avx512 from "avx512"

// Windows overlap, so the image is copied once for each of them; the result's rows lie one after the other.
// CHECK-LABEL: func.func @conv
// CHECK:      %x_packed = memref.alloc() : memref<3x5x7xf32>
// CHECK:      linalg.generic {{.*}}affine_map<(d0, d1, d2) -> (d1, (d0 + d2))>{{.*}} outs(%x_packed
// CHECK:      memref.collapse_shape %x_packed {{.*}} : memref<3x5x7xf32> into memref<3x35xf32>
// CHECK:      memref.collapse_shape %y {{.*}} : memref<5x7xf32> into memref<35xf32>
// CHECK:      linalg.generic {{.*}}kernel.axes = ["r", "p.q"]
// CHECK-SAME: axes = {{..}}"p.q"
func.func @conv(%x: memref<5x9xf32>, %w: memref<3xf32>, %y: memref<5x7xf32>) {
  linalg.generic {indexing_maps = [
        affine_map<(p, q, r) -> (p, q + r)>, affine_map<(p, q, r) -> (r)>, affine_map<(p, q, r) -> (p, q)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : memref<5x9xf32>, memref<3xf32>) outs(%y : memref<5x7xf32>)
      attrs = {kernel.axes = ["p", "q", "r"], plan.schedule = #plan.schedule<
        #plan.mapping<@avx512::@fmadd_ps, inputs = [0, 1], axes = [["p", "q"]]>,
        [for p.q by 16, place out in @zmm, for r by 1, place in0 in @zmm, place in1 in @zmm]>} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %c, %0 : f32
    linalg.yield %1 : f32
  }
  func.return
}
