// RUN: isa-opt %s -p fold-padding | filecheck %s
// RUN: isa-opt %s -p "fold-padding{reads=2}" | filecheck %s --check-prefix=KEEP

// CHECK-LABEL: func.func @conv
// CHECK-NOT:   memref.alloc
// CHECK:       isa.view %x {{.*}}guard_map = affine_map<(d0, d1) -> ((d0 + -1))>, guard_bounds = array<i64: 8>}
// CHECK:       linalg.generic
// CHECK-NOT:   linalg.generic

// KEEP:        memref.alloc
// KEEP-NOT:    guard_map
func.func @conv(%x: memref<8x4xf32>, %w: memref<3x4xf32>, %y: memref<8x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %padded = memref.alloc() : memref<10x4xf32>
  linalg.fill ins(%zero : f32) outs(%padded : memref<10x4xf32>)
  %middle = isa.view %padded {map = affine_map<(d0, d1) -> (d0 + 1, d1)>}
      : memref<10x4xf32> -> memref<8x4xf32, strided<[4, 1], offset: 4>>
  linalg.generic {indexing_maps = [affine_map<(i, c) -> (i, c)>, affine_map<(i, c) -> (i, c)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x4xf32>) outs(%middle : memref<8x4xf32, strided<[4, 1], offset: 4>>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, c, r) -> (r, c)>,
        affine_map<(i, c, r) -> (i + r, c)>, affine_map<(i, c, r) -> (i, c)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%w, %padded : memref<3x4xf32>, memref<10x4xf32>) outs(%y : memref<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  func.return
}

// Registers would lie along the padded dimension itself, and those at its ends across the border: a copy stays.
// CHECK-LABEL: func.func @along_lanes
// CHECK:       memref.alloc
// CHECK-NOT:   guard_map
func.func @along_lanes(%x: memref<8xf32>, %w: memref<3xf32>, %y: memref<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %padded = memref.alloc() : memref<10xf32>
  linalg.fill ins(%zero : f32) outs(%padded : memref<10xf32>)
  %middle = isa.view %padded {map = affine_map<(d0) -> (d0 + 1)>}
      : memref<10xf32> -> memref<8xf32, strided<[1], offset: 1>>
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : memref<8xf32>) outs(%middle : memref<8xf32, strided<[1], offset: 1>>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(i, r) -> (r)>, affine_map<(i, r) -> (i + r)>,
        affine_map<(i, r) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%w, %padded : memref<3xf32>, memref<10xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  }
  func.return
}
