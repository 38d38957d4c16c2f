// The kernel dialect prints what it parses, in both forms.
// RUN: isa-opt %s | isa-opt | filecheck %s
// RUN: isa-opt %s --print-op-generic | isa-opt | filecheck %s

// CHECK-LABEL: func.func @on_tensors
func.func @on_tensors(%a: tensor<4x8xbf16>, %b: tensor<8x16xbf16>, %c: tensor<4x16xf32>) {
  // CHECK-NEXT: kernel.contract "mk,kn->mn"(%a, %b) : (tensor<4x8xbf16>, tensor<8x16xbf16>) -> tensor<4x16xf32>
  %0 = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<4x8xbf16>, tensor<8x16xbf16>) -> tensor<4x16xf32>
  // CHECK-NEXT: kernel.contract "mk,kn->mn"(%a, %b) add %c : (tensor<4x8xbf16>, tensor<8x16xbf16>, tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = kernel.contract "mk,kn->mn"(%a, %b) add %c : (tensor<4x8xbf16>, tensor<8x16xbf16>, tensor<4x16xf32>) -> tensor<4x16xf32>
  func.return
}

// One input: copies, diagonals, sums.
// CHECK-LABEL: func.func @one_input
func.func @one_input(%s: tensor<5x5xi8>, %x: tensor<i8>) {
  // CHECK-NEXT: "ij->ji"(%s)
  %0 = kernel.contract "ij->ji"(%s) : (tensor<5x5xi8>) -> tensor<5x5xi8>
  // CHECK-NEXT: "ii->i"(%s) {unsigned = array<i64: 0>} :
  %1 = kernel.contract "ii->i"(%s) {unsigned = array<i64: 0>} : (tensor<5x5xi8>) -> tensor<5xi32>
  // CHECK-NEXT: "ij->"(%s)
  %2 = kernel.contract "ij->"(%s) : (tensor<5x5xi8>) -> tensor<i32>
  // CHECK-NEXT: "->i"(%x)
  %3 = kernel.contract "->i"(%x) : (tensor<i8>) -> tensor<7xi8>
  func.return
}

// CHECK-LABEL: func.func @on_memrefs
func.func @on_memrefs(%a: memref<16xf32>, %acc: memref<16xf32>, %part: memref<?xf32>) {
  // CHECK-NEXT: kernel.contract "i,i->i"(%a, %a) add %acc : (memref<16xf32>, memref<16xf32>, memref<16xf32>)
  kernel.contract "i,i->i"(%a, %a) add %acc : (memref<16xf32>, memref<16xf32>, memref<16xf32>)
  // CHECK-NEXT: kernel.contract "i->i"(%part) into %acc {guarded} : (memref<?xf32>, memref<16xf32>)
  kernel.contract "i->i"(%part) into %acc {guarded} : (memref<?xf32>, memref<16xf32>)
  func.return
}

// CHECK-LABEL: func.func @matmul
func.func @matmul(%x: tensor<2x4x8xf16>, %w: tensor<16x8xf16>, %bias: tensor<16xf32>, %c: tensor<2x4x16xf32>) {
  // CHECK-NEXT: kernel.matmul %x, %w {transpose_b} : tensor<2x4x8xf16>, tensor<16x8xf16> -> tensor<2x4x16xf32>
  %0 = kernel.matmul %x, %w {transpose_b} : tensor<2x4x8xf16>, tensor<16x8xf16> -> tensor<2x4x16xf32>
  // CHECK-NEXT: kernel.matmul %x, %w bias %bias init %c {transpose_b, activation = "relu"} : tensor<2x4x8xf16>, tensor<16x8xf16>, tensor<16xf32> -> tensor<2x4x16xf32>
  %1 = kernel.matmul %x, %w bias %bias init %c {transpose_b, activation = "relu"} : tensor<2x4x8xf16>, tensor<16x8xf16>, tensor<16xf32> -> tensor<2x4x16xf32>
  func.return
}
