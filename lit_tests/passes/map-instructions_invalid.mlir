// RUN: not isa-opt %s -p "map-instructions{target=tiny}" 2>&1 | filecheck %s
// RUN: not isa-opt %s -p "map-instructions{target=tinny}" 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not isa-opt %s -p "map-instructions{target=tiny explain=xml}" 2>&1 | filecheck %s --check-prefix=OPTION

// UNKNOWN: unknown machine 'tinny'
// UNKNOWN: did you mean 'tiny'?

// OPTION: option 'explain' of pass 'map-instructions' is xml

isa.target @tiny {
  isa.memory @mem cached
  isa.memory @reg register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @fma {count = 1 : i64}
  isa.instruction @loadu(%dst: memref<4xf32, @reg>, %src: memref<4xf32, @mem>)
      on @fma cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @reg>)
  }
  isa.instruction @storeu(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @reg>)
      on @fma cost<latency = 5, interval = 1> c "_mm_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : memref<4xf32, @reg>) outs(%dst : memref<4xf32, @mem>)
  }
  isa.instruction @fmadd(%acc: memref<4xf32, @reg>, %a: memref<4xf32, @reg>, %b: memref<4xf32, @reg>)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<4xf32, @reg>, memref<4xf32, @reg>, memref<4xf32, @reg>)
  }
}

func.func @difference(%x: memref<9xf32>, %y: memref<9xf32>, %z: memref<9xf32>) {
  // CHECK: map-instructions_invalid.mlir:{{[0-9]+}}:{{[0-9]+}}: error: no instruction of @tiny computes z[i] = x[i] / y[i]
  // CHECK: linalg.generic
  // CHECK: hint: none has arith.divf of f32; nearest: @fmadd does not fit: operator arith.mulf expected, the kernel has operator arith.divf (operator)
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>,
      affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %y : memref<9xf32>, memref<9xf32>) outs(%z : memref<9xf32>)
      attrs = {kernel.axes = ["i"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.divf %a, %b : f32
    linalg.yield %0 : f32
  }
  func.return
}
