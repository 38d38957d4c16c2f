// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s
// Widened, rounded and unsigned integers: what is refused, and why.

// CHECK: error: 'kernel.reduce': x is of i32, which does not widen to i8
%x = "test.op"() : () -> (tensor<4x5xi32>)
%0 = kernel.reduce "sum" %x {axes = [1]} : tensor<4x5xi32> -> tensor<4xi8>

// -----

// CHECK: error: 'kernel.reduce': x is of i8, which does not widen to f32
%x = "test.op"() : () -> (tensor<4x5xi8>)
%0 = kernel.reduce "mean" %x {axes = [1]} : tensor<4x5xi8> -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.reduce': the mean of 5 elements of i64 needs more than 64 bits
%x = "test.op"() : () -> (tensor<4x5xi64>)
%0 = kernel.reduce "mean" %x {axes = [1]} : tensor<4x5xi64> -> tensor<4xi64>

// -----

// CHECK: error: 'kernel.reduce': unknown rounding "down"; known: even, away, up
%x = "test.op"() : () -> (tensor<4x5xi8>)
%0 = kernel.reduce "mean" %x {axes = [1], rounding = "down"} : tensor<4x5xi8> -> tensor<4xi8>

// -----

// CHECK: error: 'kernel.reduce': 'rounding' is for the 'mean' of integers, not of f32
%x = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.reduce "mean" %x {axes = [1], rounding = "up"} : tensor<4x5xf32> -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.pool': 'rounding' is for the 'average' of integers, not for 'max'
%x = "test.op"() : () -> (tensor<1x4x5x5xi8>)
%0 = kernel.pool "max" %x {window = [2, 2], rounding = "up"} : tensor<1x4x5x5xi8> -> tensor<1x4x4x4xi8>

// -----

// CHECK: error: 'kernel.pool': 'count_include_pad' is for 'average', not for 'sum'
%x = "test.op"() : () -> (tensor<1x4x5x5xi8>)
%0 = kernel.pool "sum" %x {window = [2, 2], count_include_pad} : tensor<1x4x5x5xi8> -> tensor<1x4x4x4xi32>

// -----

// CHECK: error: 'kernel.pool': a window covers nothing but padding
%x = "test.op"() : () -> (tensor<1x4x1xi8>)
%0 = kernel.pool "max" %x {window = [2], dilations = [2], padding = [2]} : tensor<1x4x1xi8> -> tensor<1x4x3xi8>

// -----

// CHECK: error: 'kernel.reduce': %x cannot be unsigned: it is of f32
%x = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.reduce "sum" %x {axes = [1], unsigned = array<i64: 0>} : tensor<4x5xf32> -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.matmul': 'unsigned' lists input 2, which does not exist
%a, %b = "test.op"() : () -> (tensor<4x5xi8>, tensor<5x6xi8>)
%0 = kernel.matmul %a, %b {unsigned = array<i64: 2>} : tensor<4x5xi8>, tensor<5x6xi8> -> tensor<4x6xi32>

// -----

// CHECK: error: 'kernel.requantise': x is of i32, whose products need more than 64 bits without a sign; only i16 and smaller can be unsigned
%x = "test.op"() : () -> (tensor<4xi32>)
%0 = kernel.requantise %x {multiplier = 3, shift = 2, unsigned = array<i64: 0>} : tensor<4xi32> -> tensor<4xi8>

// -----

// CHECK: error: 'kernel.elementwise': 'max_unsigned' is a function of integers, but the result is of f32
%x = "test.op"() : () -> (tensor<4xf32>)
%0 = kernel.elementwise "max_unsigned(a, 1)" (%x) : (tensor<4xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.elementwise': %x is of i8 like the result, so it is not widened by zeros; compare and divide by the functions that read numbers without a sign
%x = "test.op"() : () -> (tensor<4xi8>)
%0 = kernel.elementwise "max(a, 1)" (%x) {unsigned = array<i64: 0>} : (tensor<4xi8>) -> tensor<4xi8>

// -----

// CHECK: error: 'kernel.reduce': %x is of i64, but at most i32 can be unsigned
%x = "test.op"() : () -> (tensor<4x5xi64>)
%0 = kernel.reduce "max" %x {axes = [1], unsigned = array<i64: 0>} : tensor<4x5xi64> -> tensor<4xi64>

// -----

// CHECK: error: 'kernel.contract': input 0 is of i1, which is a truth and no number; widen it
"test.op"() ({
^bb0(%0: tensor<4x5xi1>, %1: tensor<5xi8>):
  %2 = kernel.contract "mk,k->m"(%0, %1) : (tensor<4x5xi1>, tensor<5xi8>) -> tensor<4xi32>
  "test.termop"() : () -> ()
}) : () -> ()
