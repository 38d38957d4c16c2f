// RUN: isa-opt %s --split-input-file --verify-diagnostics | filecheck %s

// CHECK: error: 'kernel.conv': the window [5, 3] does not fit into the padded image [4, 6]
%x, %w = "test.op"() : () -> (tensor<1x3x4x4xf32>, tensor<8x3x5x3xf32>)
%0 = kernel.conv %x, %w {padding = [0, 1]} : tensor<1x3x4x4xf32>, tensor<8x3x5x3xf32> -> tensor<1x8x1x4xf32>

// -----

// CHECK: error: 'kernel.conv': x has 6 channels in 2 groups, but w has 6 channels per group
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32>)
%0 = kernel.conv %x, %w {groups = 2} : tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32> -> tensor<1x8x2x2xf32>

// -----

// CHECK: error: 'kernel.conv': unknown layout 'nwc' of an image with 2 dimensions; known: nchw, nhwc
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32>)
%0 = kernel.conv %x, %w {layout = "nwc"} : tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32> -> tensor<1x8x2x2xf32>

// -----

// CHECK: error: 'kernel.conv': 'strides' has 1 entries, but the image has 2 dimensions
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32>)
%0 = kernel.conv %x, %w {strides = [2]} : tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32> -> tensor<1x8x2x2xf32>

// -----

// CHECK: error: 'kernel.conv': the result is [1, 8, 4, 4], but should be [1, 8, 2, 2]
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32>)
%0 = kernel.conv %x, %w : tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32> -> tensor<1x8x4x4xf32>

// -----

// CHECK: error: 'kernel.conv': 'multiplier' must be an integer from 1 to 2147483647
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xi8>, tensor<8x6x3x3xi8>)
%0 = kernel.conv %x, %w {requantise = {shift = 8}} : tensor<1x6x4x4xi8>, tensor<8x6x3x3xi8> -> tensor<1x8x2x2xi8>

// -----

// CHECK: error: 'kernel.conv_transpose': x has 6 channels, but w has 8
%x, %w = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32>)
%0 = kernel.conv_transpose %x, %w : tensor<1x6x4x4xf32>, tensor<8x6x3x3xf32> -> tensor<1x8x6x6xf32>

// -----

// CHECK: error: 'kernel.depthwise_separable': x has 6 channels, but mix is [6, 8]
%x, %w, %m = "test.op"() : () -> (tensor<1x6x4x4xf32>, tensor<6x3x3xf32>, tensor<6x8xf32>)
%0 = kernel.depthwise_separable %x, %w, %m : tensor<1x6x4x4xf32>, tensor<6x3x3xf32>, tensor<6x8xf32> -> tensor<1x8x2x2xf32>

// -----

// CHECK: error: 'kernel.elementwise': unknown function 'cosh'; known: abs, relu
%x = "test.op"() : () -> (tensor<4xf32>)
%0 = kernel.elementwise "cosh(a)" (%x) : (tensor<4xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.elementwise': 'exp' is a function of floats, but the result is of i32
%x = "test.op"() : () -> (tensor<4xi32>)
%0 = kernel.elementwise "exp(a)" (%x) : (tensor<4xi32>) -> tensor<4xi32>

// -----

// CHECK: error: 'kernel.elementwise': %y is [3], which cannot be broadcast to the result [4]
%x, %y = "test.op"() : () -> (tensor<4xf32>, tensor<3xf32>)
%0 = kernel.elementwise "a + b" (%x, %y) : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.reduce': unknown reduction 'average'; known: sum, product, max, min, mean
%x = "test.op"() : () -> (tensor<4x5xf32>)
%0 = kernel.reduce "average" %x {axes = [1]} : tensor<4x5xf32> -> tensor<4xf32>

// -----

// CHECK: error: 'kernel.pool': 'padding' must be smaller than the window
%x = "test.op"() : () -> (tensor<1x4x5x5xf32>)
%0 = kernel.pool "max" %x {window = [2, 2], padding = [2, 0]} : tensor<1x4x5x5xf32> -> tensor<1x4x8x4xf32>

// -----

// CHECK: error: 'kernel.layer_norm': scale is [4], but should be [5]
%x, %s = "test.op"() : () -> (tensor<4x5xf32>, tensor<4xf32>)
%0 = kernel.layer_norm %x scale %s : tensor<4x5xf32>, tensor<4xf32>

// -----

// CHECK: error: 'kernel.gru_cell': w is [32, 5], but should be [24, 5]
%x, %h, %w, %r = "test.op"() : () -> (tensor<2x5xf32>, tensor<2x8xf32>, tensor<32x5xf32>, tensor<24x8xf32>)
%0 = kernel.gru_cell %x, %h, %w, %r : tensor<2x5xf32>, tensor<2x8xf32>, tensor<32x5xf32>, tensor<24x8xf32>

// -----

// CHECK: error: 'kernel.attention': 'causal' needs a key for every query, but there are 3 keys for 7 queries
%q, %k, %v = "test.op"() : () -> (tensor<7x4xf32>, tensor<3x4xf32>, tensor<3x5xf32>)
%0 = kernel.attention %q, %k, %v {causal} : tensor<7x4xf32>, tensor<3x4xf32>, tensor<3x5xf32> -> tensor<7x5xf32>

// -----

// CHECK: error: 'kernel.requantise': the result of a requantisation is of i8 or i16, not i32
%x = "test.op"() : () -> (tensor<4xi32>)
%0 = kernel.requantise %x {multiplier = 3, shift = 2} : tensor<4xi32> -> tensor<4xi32>
