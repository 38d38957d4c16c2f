// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: 'kernel.contract': extents of axis 'k' differ: 5 in %a, 7 in %b
%a, %b = "test.op"() : () -> (tensor<4x5xf32>, tensor<7x6xf32>)
%0 = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<4x5xf32>, tensor<7x6xf32>) -> tensor<4x6xf32>

// -----

// CHECK: error: 'kernel.contract': "mk,kn->mn" has 2 inputs, but 1 operand given
%a = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.contract "mk,kn->mn"(%a) : (tensor<4x5xf32>) -> tensor<4x6xf32>

// -----

// CHECK: error: 'kernel.contract': %a has rank 2, but 'm' names 1 axis
%a = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.contract "m->m"(%a) : (tensor<4x5xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.contract': "ij->ii": axis 'i' occurs twice in the output 'ii'
%a = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.contract "ij->ii"(%a) : (tensor<4x5xf32>) -> tensor<4x4xf32>

// -----

// CHECK: error: 'kernel.contract': "i...->i": '...' is not supported; name every axis by a letter
%a = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.contract "i...->i"(%a) : (tensor<4x5xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.contract': %a is of f32, which does not widen to bf16
%a = "test.op"() : () -> (tensor<4xf32>)
%0 = kernel.contract "i->i"(%a) : (tensor<4xf32>) -> tensor<4xbf16>

// -----

// CHECK: error: 'kernel.contract': %a is of i8, which does not widen to f32
%a = "test.op"() : () -> (tensor<4xi8>)
%0 = kernel.contract "i->i"(%a) : (tensor<4xi8>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.contract': %a is of ui8; write i8
%a = "test.op"() : () -> (tensor<4xui8>)
%0 = kernel.contract "i->i"(%a) : (tensor<4xui8>) -> tensor<4xi32>

// -----

// CHECK: error: 'kernel.contract': on tensors a result type is needed: '-> tensor<...>'
%a = "test.op"() : () -> (tensor<4xf32>)
kernel.contract "i->i"(%a) : (tensor<4xf32>)

// -----

// CHECK: error: 'kernel.contract': on memrefs the output is named: 'add %out' or 'into %out'
%a = "test.op"() : () -> (memref<4xf32>)
kernel.contract "i->i"(%a) : (memref<4xf32>)

// -----

// CHECK: error: 'kernel.contract': 'guarded' is for memrefs; pad a tensor instead
%a = "test.op"() : () -> (tensor<4xf32>)
%0 = kernel.contract "i->i"(%a) {guarded} : (tensor<4xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.contract': axis 'i' has no static extent in any operand; a guarded contraction needs one
%a, %b = "test.op"() : () -> (memref<?xf32>, memref<?xf32>)
kernel.contract "i->i"(%a) into %b {guarded} : (memref<?xf32>, memref<?xf32>)

// -----

// CHECK: error: 'kernel.contract': 'unsigned' lists input 1, which does not exist
%a = "test.op"() : () -> (tensor<4xi8>)
%0 = kernel.contract "i->i"(%a) {unsigned = array<i64: 1>} : (tensor<4xi8>) -> tensor<4xi32>

// -----

// CHECK: error: expected 2 types, one per operand, got 1
%a, %b = "test.op"() : () -> (tensor<4xi8>, tensor<4xi8>)
%0 = kernel.contract "i,i->i"(%a, %b) : (tensor<4xi8>) -> tensor<4xi32>
