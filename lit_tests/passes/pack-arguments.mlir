// RUN: isa-opt %s -p "pack-arguments{target=vta}" | filecheck %s
// RUN: isa-opt %s -p "pack-arguments{target=gemmini16}" | filecheck %s --check-prefix=ROWS

#all = affine_map<(m, n) -> (m, n)>

// Blocks of 16 and 16 x 16 numbers, padded; results and what finishes them follow.
// CHECK-LABEL: func.func @product
// CHECK-SAME:    %a: memref<5x3x16xi8> {isa.layout = {shape = array<i64: 5, 40>, dimensions = [array<i64: 0, 5, 1, 0>, array<i64: 1, 3, 16, 0>, array<i64: 1, 16, 1, 0>]}}
// CHECK-SAME:    %b: memref<2x3x16x16xi8> {isa.layout = {shape = array<i64: 20, 40>, dimensions = [array<i64: 0, 2, 16, 0>, array<i64: 1, 3, 16, 0>, array<i64: 0, 16, 1, 0>, array<i64: 1, 16, 1, 0>]}}
// CHECK-SAME:    %r: memref<5x2x16xi8> {isa.layout = {shape = array<i64: 5, 20>
// CHECK:         memref.alloc() : memref<5x2x16xi32>
// CHECK:         kernel.axes = ["m", "n", "k", "n16", "k16"]
// CHECK:         kernel.axes = ["m", "n", "n16"], plan.epilogue
// Where moves take rows as they are, nothing changes.
// ROWS-LABEL:  func.func @product
// ROWS-SAME:     %a: memref<5x40xi8>, %b: memref<20x40xi8>, %r: memref<5x20xi8>)
func.func @product(%a: memref<5x40xi8>, %b: memref<20x40xi8>, %r: memref<5x20xi8>) {
  %c = memref.alloc() : memref<5x20xi32>
  %zero = arith.constant 0 : i32
  linalg.fill ins(%zero : i32) outs(%c : memref<5x20xi32>)
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<5x40xi8>, memref<20x40xi8>) outs(%c : memref<5x20xi32>)
      attrs = {kernel.axes = ["m", "n", "k"]} {
  ^bb0(%x: i8, %y: i8, %old: i32):
    %v = arith.extsi %x : i8 to i32
    %w = arith.extsi %y : i8 to i32
    %p = arith.muli %v, %w : i32
    %s = arith.addi %old, %p : i32
    linalg.yield %s : i32
  }
  linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
      ins(%c : memref<5x20xi32>) outs(%r : memref<5x20xi8>)
      attrs = {kernel.axes = ["m", "n"], plan.epilogue} {
  ^bb0(%x: i32, %old: i8):
    %q = arith.trunci %x : i32 to i8
    linalg.yield %q : i8
  }
  func.return
}
