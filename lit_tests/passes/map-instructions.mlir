// RUN: isa-opt %s -p "map-instructions{target=tiny}" | filecheck %s
// RUN: isa-opt %s -p "map-instructions{target=tiny limit=1}" | filecheck %s --check-prefix=LIMIT
// RUN: isa-opt %s -p "map-instructions{target=tiny explain=true}" 2>&1 | filecheck %s --check-prefix=EXPLAIN
// RUN: isa-opt %s -p "map-instructions{target=tiny explain=json}" 2>&1 | filecheck %s --check-prefix=JSON

isa.target @tiny {
  isa.memory @mem cached
  isa.memory @reg register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @fma {count = 1 : i64}
  isa.unit @load {count = 1 : i64}
  isa.scalar @expression in @mem on @fma cost<latency = 4, interval = 1>
  isa.instruction @loadu(%dst: memref<4xf32, @reg>, %src: memref<4xf32, @mem>)
      on @load cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @reg>)
  }
  isa.instruction @storeu(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @reg>)
      on @load cost<latency = 5, interval = 1> c "_mm_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : memref<4xf32, @reg>) outs(%dst : memref<4xf32, @mem>)
  }
  isa.instruction @splat(%dst: memref<4xf32, @reg>, %src: memref<f32, @mem>)
      on @load cost<latency = 5, interval = 1> c "{dst} = _mm_set1_ps(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<f32, @mem>, memref<4xf32, @reg>)
  }
  isa.instruction @fmadd(%acc: memref<4xf32, @reg>, %a: memref<4xf32, @reg>, %b: memref<4xf32, @reg>)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<4xf32, @reg>, memref<4xf32, @reg>, memref<4xf32, @reg>)
  }
}

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @matmul
// CHECK: plan.mappings = [#plan.mapping<@tiny::@fmadd, inputs = [0, 1], axes = [["n"]], delivery = ["broadcast", "direct", "direct"], utilisation = 1.0>,
// CHECK-SAME: #plan.mapping<@tiny::@fmadd, inputs = [1, 0], axes = [["n"]]
// CHECK-SAME: axes = [["m", "n"]]
// CHECK-SAME: #plan.mapping<@tiny::@expression, inputs = [0, 1], axes = [], delivery = ["direct", "direct", "direct"], utilisation = 1.0>]

// LIMIT: plan.mappings = [#plan.mapping<@tiny::@fmadd, inputs = [0, 1], axes = [["n"]]{{.*}}utilisation = 1.0>, #plan.mapping<@tiny::@expression{{.*}}utilisation = 1.0>]}

// EXPLAIN: map-instructions.mlir:{{[0-9]+:[0-9]+}}: remark: C[m, n] += A[m, k] * B[k, n] for m=6, n=8, k=5
// EXPLAIN-NEXT: @fmadd fits: 6 mappings (2 of full rank); best: i = n; a = A broadcast by @splat; b = B direct by @loadu; acc = C direct by @loadu and @storeu; utilisation 100%, 60 calls
// EXPLAIN-NEXT: @expression fits: it computes anything, element by element

// JSON: {"statement": "C[m, n] += A[m, k] * B[k, n]", "location": "{{.*}}map-instructions.mlir:{{.*}}", "target": "tiny", "instruction": "fmadd", "mappings": 6, "full_rank": 2, "inputs": [0, 1], "axes": {"i": ["n"]}
func.func @matmul(%A: memref<6x5xf32>, %B: memref<5x8xf32>, %C: memref<6x8xf32>) {
  linalg.generic {indexing_maps = [#mk, #kn, #mn],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%A, %B : memref<6x5xf32>, memref<5x8xf32>) outs(%C : memref<6x8xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %c, %0 : f32
    linalg.yield %1 : f32
  }
  func.return
}

// Nothing but the scalar expression computes a tangent.
// CHECK-LABEL: func.func @tanh
// CHECK: plan.mappings = [#plan.mapping<@tiny::@expression, inputs = [0], axes = [], delivery = ["direct", "direct"], utilisation = 1.0>]

// EXPLAIN: remark: y[d0] = tanh(x[d0]) for d0=9
// EXPLAIN-NEXT: @fmadd does not fit: operator arith.mulf expected, the kernel has operator math.tanh (operator)
// EXPLAIN-NEXT: @expression fits: it computes anything, element by element; nothing else does, nearest: @fmadd does not fit
func.func @tanh(%x: memref<9xf32>, %y: memref<9xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      iterator_types = ["parallel"]} ins(%x : memref<9xf32>) outs(%y : memref<9xf32>) {
  ^bb0(%a: f32, %b: f32):
    %0 = math.tanh %a : f32
    linalg.yield %0 : f32
  }
  func.return
}
