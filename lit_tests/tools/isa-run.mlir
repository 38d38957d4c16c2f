// REQUIRES: cc
// RUN: isa-run %s --target scalar --check --seed 3 | filecheck %s
// RUN: isa-run %s --target avx512 --portable --check | filecheck %s --check-prefix=PORTABLE
// RUN: isa-run %s --target avx2 --interpret --check | filecheck %s --check-prefix=INTERPRET
// RUN: isa-run %s --target avx512 --portable --print-plan --dump-c - | filecheck %s --check-prefix=C
// RUN: isa-run "mk,kn->mn" --sizes m=5,n=3,k=4 --types i8,i8,i32 --target scalar --check | filecheck %s --check-prefix=EINSUM

func.func @layer(%x: tensor<5x7xf32>, %w: tensor<7x9xf32>, %bias: tensor<9xf32>) -> tensor<5x9xf32> {
  %y = kernel.matmul %x, %w bias %bias {activation = "relu"}
    : tensor<5x7xf32>, tensor<7x9xf32>, tensor<9xf32> -> tensor<5x9xf32>
  func.return %y : tensor<5x9xf32>
}

// CHECK:      kernel:  @layer(x: 5x7xf32, w: 7x9xf32, bias: 9xf32, result: 5x9xf32)
// CHECK-NEXT: target:  @scalar
// CHECK-NEXT: mapping: @scalar::@expression
// CHECK:      check:   result: all 45 elements correct, error at most

// PORTABLE: target:  @avx512, as plain C
// PORTABLE: mapping: @avx512::@fmadd_ps along
// PORTABLE: check:   result: all 45 elements correct

// INTERPRET: target:  @avx2, interpreted
// INTERPRET: check:   result: all 45 elements correct

// C: #plan.schedule<#plan.mapping<@avx512::@fmadd_ps
// C: void layer(const float *restrict x

// EINSUM: kernel:  @kernel(a: 5x4xi8, b: 4x3xi8, result: 5x3xi32)
// EINSUM: check:   result: all 15 elements correct, error at most 0
