// RUN: isa-opt %s -p "compile{target=avx512}" | filecheck %s
// RUN: isa-opt %s -p "compile{target=avx512 threads=2}" | filecheck %s --check-prefix=THREADS

// From the kernel to the machine in one pass: loops around invocations, and nothing above them.
// CHECK:       isa.import @avx512 from "avx512"
// CHECK:       func.func @gemm(%a: memref<64x5xf32>, %b: memref<5x32xf32>, %out: memref<64x32xf32>)
// CHECK-NOT:     {{linalg|kernel|isa.move}}
// CHECK:         isa.invoke @avx512::@setzero_ps
// CHECK:         scf.for %k
// CHECK:           isa.invoke @avx512::@loadu_ps
// CHECK:           isa.invoke @avx512::@set1_ps
// CHECK:           isa.invoke @avx512::@fmadd_ps
// CHECK:         isa.invoke @avx512::@storeu_ps
// CHECK-NOT:     {{linalg|kernel|isa.move}}

// THREADS: {plan.parallel}
func.func @gemm(%a: tensor<64x5xf32>, %b: tensor<5x32xf32>) -> tensor<64x32xf32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<64x5xf32>, tensor<5x32xf32>) -> tensor<64x32xf32>
  func.return %c : tensor<64x32xf32>
}
