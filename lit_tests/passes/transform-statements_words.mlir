// RUN: isa-opt %s -p "normalize-statements,transform-statements{target=amx}" | filecheck %s

// An instruction that sums up the bytes of a word, and words beside that, has two reduction axes where a
// product of matrices has one: that is split. What is no whole word is added afterwards.

// CHECK-LABEL: func.func @words
// CHECK:         %[[WORDS:c_words[_0-9]*]] = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, ((d2 * 4) + d3))>
// CHECK-SAME:      kernel.axes = ["m", "n", "ko", "k"]
// CHECK-SAME:      kernel.chain = ["split-axis: k is split by 4"]
// CHECK:         linalg.generic {{.*}} outs(%[[WORDS]] : {{.*}}kernel.axes = ["m", "n", "k"]
// CHECK-NOT:     linalg.generic
func.func @words(%a: tensor<64x262xi8>, %b: tensor<262x64xi8> {kernel.constant}) -> tensor<64x64xi32> {
  %0 = arith.constant 0 : i32
  %1 = tensor.empty() : tensor<64x64xi32>
  %2 = linalg.fill ins(%0 : i32) outs(%1 : tensor<64x64xi32>) -> tensor<64x64xi32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>,
        affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<64x262xi8>, tensor<262x64xi8>) outs(%2 : tensor<64x64xi32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%x: i8, %y: i8, %old: i32):
    %3 = arith.extsi %x : i8 to i32
    %4 = arith.extsi %y : i8 to i32
    %5 = arith.muli %3, %4 : i32
    %6 = arith.addi %old, %5 : i32
    linalg.yield %6 : i32
  } -> tensor<64x64xi32>
  func.return %c : tensor<64x64xi32>
}
