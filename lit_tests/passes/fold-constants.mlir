// RUN: isa-opt %s -p "fold-constants" --split-input-file | filecheck %s
// RUN: isa-opt %s -p "fold-constants{points=2}" --split-input-file | filecheck %s --check-prefix=FEW

// What depends on constants alone is a constant; what it was made of is gone.
// CHECK-LABEL: @widened
// CHECK-NEXT: %r = arith.constant dense<[1, -2, -128]> : tensor<3xi32>
// CHECK-NEXT: func.return %r
// A statement of more points stays.
// FEW-LABEL: @widened
// FEW: linalg.generic
func.func @widened() -> tensor<3xi32> {
  %w = arith.constant dense<[1, -2, -128]> : tensor<3xi8>
  %e = tensor.empty() : tensor<3xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%w : tensor<3xi8>) outs(%e : tensor<3xi32>) {
  ^bb0(%x: i8, %old: i32):
    %0 = arith.extsi %x : i8 to i32
    linalg.yield %0 : i32
  } -> tensor<3xi32>
  func.return %r : tensor<3xi32>
}

// -----

// Sums start from what a fill says, and integers wrap around; slices and reshapes are followed.
// CHECK-LABEL: @sums
// CHECK-NEXT: arith.constant dense<[[-2147483648, 12]]> : tensor<1x2xi32>
// CHECK-NEXT: func.return
func.func @sums() -> tensor<1x2xi32> {
  %w = arith.constant dense<[[2147483647, 1, 0], [3, 4, 5]]> : tensor<2x3xi32>
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<2xi32>
  %start = linalg.fill ins(%zero : i32) outs(%e : tensor<2xi32>) -> tensor<2xi32>
  %s = linalg.generic {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]} ins(%w : tensor<2x3xi32>) outs(%start : tensor<2xi32>) {
  ^bb0(%x: i32, %old: i32):
    %0 = arith.addi %old, %x : i32
    linalg.yield %0 : i32
  } -> tensor<2xi32>
  %r = tensor.expand_shape %s [[0, 1]] output_shape [1, 2] : tensor<2xi32> into tensor<1x2xi32>
  func.return %r : tensor<1x2xi32>
}

// -----

// What depends on an argument is left, and so is what would be much larger than what it is made of.
// CHECK-LABEL: @left
// CHECK: arith.constant dense<[1, 2, 3]>
// CHECK-COUNT-2: linalg.generic
func.func @left(%x: tensor<3xi32>) -> (tensor<3xi32>, tensor<5000x3xi32>) {
  %w = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  %e = tensor.empty() : tensor<3xi32>
  %r = linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>,
      affine_map<(n) -> (n)>], iterator_types = ["parallel"]}
      ins(%w, %x : tensor<3xi32>, tensor<3xi32>) outs(%e : tensor<3xi32>) {
  ^bb0(%a: i32, %b: i32, %old: i32):
    %0 = arith.muli %a, %b : i32
    linalg.yield %0 : i32
  } -> tensor<3xi32>
  %f = tensor.empty() : tensor<5000x3xi32>
  %s = linalg.generic {indexing_maps = [affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<3xi32>) outs(%f : tensor<5000x3xi32>) {
  ^bb0(%a: i32, %old: i32):
    linalg.yield %a : i32
  } -> tensor<5000x3xi32>
  func.return %r, %s : tensor<3xi32>, tensor<5000x3xi32>
}
