// `--explain` says on stderr which rules made a statement, and why each instruction fits it or not.
// RUN: isa-opt %s -p "compile{target=avx512}" --explain 2>&1 | filecheck %s
// RUN: isa-run %s --target avx512 --portable --explain 2>&1 | filecheck %s

// CHECK: remark: from {{.*}} cycles by
// CHECK-NEXT: distribute on y{{.*}}[i, l] += {{.*}}: b * c is summed over k before the rest comes in
// CHECK: remark: {{.*}} += b[j, k] * c[k, l] for l=16, j=16, k=24
// CHECK-NEXT: made by distribute: b * c is summed over k before the rest comes in
// CHECK-NEXT: @fmadd_ps fits:
// CHECK: do not fit: the kernel accumulates into out by arith.addf, each overwrites its result (combine)
func.func @chain(%a: tensor<16x16xf32>, %b: tensor<16x24xf32>, %c: tensor<24x16xf32>) -> tensor<16x16xf32> {
  %y = kernel.contract "ij,jk,kl->il"(%a, %b, %c)
      : (tensor<16x16xf32>, tensor<16x24xf32>, tensor<24x16xf32>) -> tensor<16x16xf32>
  func.return %y : tensor<16x16xf32>
}
