// Every loop has a name of its own.
// RUN: not isa-opt %s -p normalize-statements 2>&1 | filecheck %s

func.func @names(%a: memref<8x8xf32>, %b: memref<8x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<8x8xf32>) outs(%b : memref<8x8xf32>) attrs = {kernel.axes = ["i", "i"]} {
  ^bb0(%x: f32, %old: f32):
    linalg.yield %x : f32
  }
  func.return
}

// CHECK: names_invalid.mlir:5:3: error: 'kernel.axes' must give 2 different names, one per loop, not ["i", "i"]
