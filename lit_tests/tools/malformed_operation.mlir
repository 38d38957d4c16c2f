// RUN: not isa-opt %s 2>&1 | filecheck %s

// xDSL's parser of this operation raises an error that knows no place.
func.func @f(%a: tensor<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["para"]}
    outs(%a : tensor<4xf32>) {
  ^bb0(%x: f32):
    linalg.yield %x : f32
  }
  func.return
}

// CHECK:      malformed_operation.mlir:5:3: error: this operation cannot be parsed (ValueError: 'para' is not a valid IteratorType)
// CHECK-NEXT: linalg.generic
// CHECK-NEXT: ^^^^^^^^^^^^^^
