// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: 'kernel.matmul': inner extents differ: a has k = 5, b has k = 7
%a, %b = "test.op"() : () -> (tensor<4x5xf32>, tensor<7x6xf32>)
%0 = kernel.matmul %a, %b : tensor<4x5xf32>, tensor<7x6xf32> -> tensor<4x6xf32>

// -----

// Transposed, 4 and 6 are the inner extents.
// CHECK: error: 'kernel.matmul': inner extents differ: a has k = 4, b has k = 6
%a, %b = "test.op"() : () -> (tensor<4x5xf32>, tensor<5x6xf32>)
%0 = kernel.matmul %a, %b {transpose_a, transpose_b} : tensor<4x5xf32>, tensor<5x6xf32> -> tensor<5x5xf32>

// -----

// CHECK: error: 'kernel.matmul': batch extents differ: a has [2], b has [3]
%a, %b = "test.op"() : () -> (tensor<2x4x5xf32>, tensor<3x5x6xf32>)
%0 = kernel.matmul %a, %b : tensor<2x4x5xf32>, tensor<3x5x6xf32> -> tensor<2x4x6xf32>

// -----

// CHECK: error: 'kernel.matmul': the result is [6, 4], but a * b is [4, 6]
%a, %b = "test.op"() : () -> (tensor<4x5xf32>, tensor<5x6xf32>)
%0 = kernel.matmul %a, %b : tensor<4x5xf32>, tensor<5x6xf32> -> tensor<6x4xf32>

// -----

// CHECK: error: 'kernel.matmul': bias is [4], but should be [6] or [4, 6], the last extents of the result
%a, %b, %c = "test.op"() : () -> (tensor<4x5xf32>, tensor<5x6xf32>, tensor<4xf32>)
%0 = kernel.matmul %a, %b bias %c : tensor<4x5xf32>, tensor<5x6xf32>, tensor<4xf32> -> tensor<4x6xf32>

// -----

// CHECK: error: 'kernel.matmul': bias is of bf16, but the result of f32
%a, %b, %c = "test.op"() : () -> (tensor<4x5xbf16>, tensor<5x6xbf16>, tensor<6xbf16>)
%0 = kernel.matmul %a, %b bias %c : tensor<4x5xbf16>, tensor<5x6xbf16>, tensor<6xbf16> -> tensor<4x6xf32>

// -----

// CHECK: error: 'kernel.matmul': unknown activation 'gelu'; known: relu
%a, %b = "test.op"() : () -> (tensor<4x5xf32>, tensor<5x6xf32>)
%0 = kernel.matmul %a, %b {activation = "gelu"} : tensor<4x5xf32>, tensor<5x6xf32> -> tensor<4x6xf32>

// -----

// CHECK: error: 'kernel.matmul': a must be a matrix, but has rank 1
%a, %b = "test.op"() : () -> (tensor<5xf32>, tensor<5x6xf32>)
%0 = kernel.matmul %a, %b : tensor<5xf32>, tensor<5x6xf32> -> tensor<6xf32>
