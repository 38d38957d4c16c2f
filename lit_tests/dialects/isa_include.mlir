// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s

// A machine builds on another; what it describes itself replaces what it includes.

// CHECK:      isa.target @more attributes {features = ["avx512bw"]} {
// CHECK-NEXT:   isa.include "avx512"
// CHECK-NEXT:   isa.memory @zmm register
// CHECK-NEXT:   isa.instruction @negate(%dst: memref<16xf32, @zmm>
isa.target @more attributes {features = ["avx512bw"]} {
  isa.include "avx512"
  isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {f32 = "__m512"}}
  isa.instruction @negate(%dst: memref<16xf32, @zmm>, %src: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]}
        ins(%src : memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.negf %x : f32
      linalg.yield %r : f32
    }
  }
}

// A row of contiguous elements may come in any shape.

// CHECK: isa.invoke @more::@loadu_ps(%{{.*}}, %{{.*}}) : memref<4x4xf32, @zmm>, memref<16xf32>
func.func @rows(%a: memref<16xf32>, %r: memref<4x4xf32, @zmm>) {
  isa.invoke @more::@loadu_ps(%r, %a) : memref<4x4xf32, @zmm>, memref<16xf32>
  func.return
}
