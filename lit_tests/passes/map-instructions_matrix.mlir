// What other systems refuse, on an instruction that multiplies matrices: every count is the design's.
// RUN: isa-opt %s -p "map-instructions{target=npu explain=true}" 2>&1 | filecheck %s

isa.target @npu {
  isa.memory @mem cached
  isa.memory @pad scratchpad {bytes = 65536 : i64}
  isa.unit @array {count = 1 : i64}
  isa.unit @dma {count = 1 : i64}
  isa.instruction @read(%dst: memref<16x16xf32, @pad>, %src: memref<16x16xf32, strided<[?, 1]>, @mem>)
      on @dma cost<latency = 40, interval = 20> {
    linalg.copy ins(%src : memref<16x16xf32, strided<[?, 1]>, @mem>) outs(%dst : memref<16x16xf32, @pad>)
  }
  isa.instruction @write(%dst: memref<16x16xf32, strided<[?, 1]>, @mem>, %src: memref<16x16xf32, @pad>)
      on @dma cost<latency = 40, interval = 20> {
    linalg.copy ins(%src : memref<16x16xf32, @pad>) outs(%dst : memref<16x16xf32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @gemm(
      %c: memref<16x16xf32, @pad>, %a: memref<16x16xf32, @pad>, %b: memref<16x16xf32, @pad>)
      on @array cost<latency = 32, interval = 16> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c
      : (memref<16x16xf32, @pad>, memref<16x16xf32, @pad>, memref<16x16xf32, @pad>)
  }
}

// CHECK: remark: y[m] += x[k] * A[m, k] for m=64, k=32
// CHECK-NEXT: @gemm fits: 6 mappings (0 of full rank); best: {{i = m|i idle}}
// CHECK-NEXT: axis m of A cannot join axis {{[ij]}}: the instruction reads {{.*}} (R1)
func.func @gemv(%A: memref<64x32xf32>, %x: memref<32xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>,
      affine_map<(m, k) -> (m)>], iterator_types = ["parallel", "reduction"]}
      ins(%A, %x : memref<64x32xf32>, memref<32xf32>) outs(%y : memref<64xf32>)
      attrs = {kernel.axes = ["m", "k"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %b, %a : f32
    %1 = arith.addf %0, %c : f32
    linalg.yield %1 : f32
  }
  func.return
}

// CHECK: remark: C[m, n] += A[m, k] * A[n, k] for m=64, n=64, k=32
// CHECK-NEXT: @gemm fits: 14 mappings (2 of full rank); best: i = m, j = n, k = k; a = A direct by @read; b = A transpose{{.*}}; c = C direct by @read and @write; utilisation 100%, 32 calls
func.func @gram(%A: memref<64x32xf32>, %C: memref<64x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
      affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%A, %A : memref<64x32xf32>, memref<64x32xf32>) outs(%C : memref<64x64xf32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = math.fma %a, %b, %c : f32
    linalg.yield %0 : f32
  }
  func.return
}

// CHECK: remark: O[n, o, p, q] += I[n, c, 2*p + r, 2*q + s] * W[o, c, r, s] for n=2, o=32, p=16, q=16, c=16, r=3, s=3
// CHECK-NEXT: @gemm fits: 254 mappings (98 of full rank); best: i = {{.*}}; utilisation 100%, {{.*}} calls
func.func @convolution(%I: memref<2x16x33x33xf32>, %W: memref<32x16x3x3xf32>, %O: memref<2x32x16x16xf32>) {
  linalg.generic {indexing_maps = [
      affine_map<(n, o, p, q, c, r, s) -> (n, c, p * 2 + r, q * 2 + s)>,
      affine_map<(n, o, p, q, c, r, s) -> (o, c, r, s)>,
      affine_map<(n, o, p, q, c, r, s) -> (n, o, p, q)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%I, %W : memref<2x16x33x33xf32>, memref<32x16x3x3xf32>) outs(%O : memref<2x32x16x16xf32>)
      attrs = {kernel.axes = ["n", "o", "p", "q", "c", "r", "s"]} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %c, %0 : f32
    linalg.yield %1 : f32
  }
  func.return
}
