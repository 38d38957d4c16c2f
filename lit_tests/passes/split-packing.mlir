// RUN: isa-opt %s -p "split-packing{target=avx512}" --split-input-file | filecheck %s

// What only reads a constant argument goes into a function of its own, with its buffer as an argument.

func.func @f(%w: memref<4x8xf32> {kernel.constant}, %x: memref<8x4xf32>) {
  %panel = memref.alloc() : memref<8x4xf32>
  %turned = isa.view %w() {map = affine_map<(d0, d1) -> (d1, d0)>}
      : memref<4x8xf32> -> memref<8x4xf32, strided<[1, 8]>>
  isa.move %turned to %panel : memref<8x4xf32, strided<[1, 8]>> to memref<8x4xf32>
  isa.move %panel to %x : memref<8x4xf32> to memref<8x4xf32>
  func.return
}

// CHECK:      func.func private @f_pack(%w: memref<4x8xf32>, %[[P:.*]]: memref<8x4xf32>) {
// CHECK-NEXT:   %turned = isa.view %w {
// CHECK-NEXT:   isa.move %turned to %[[P]]
// CHECK-NEXT:   func.return
// CHECK:      func.func private @f_packed(%x: memref<8x4xf32>, %[[Q:.*]]: memref<8x4xf32>) {
// CHECK-NEXT:   isa.move %[[Q]] to %x
// CHECK-NEXT:   func.return
// CHECK:      func.func @f(%w: memref<4x8xf32> {kernel.constant}, %x: memref<8x4xf32>) {
// CHECK-NEXT:   %panel = memref.alloc() : memref<8x4xf32>
// CHECK-NEXT:   func.call @f_pack(%w, %panel)
// CHECK-NEXT:   func.call @f_packed(%x, %panel)
// CHECK-NEXT:   func.return

// -----

// A buffer that is used again for something else is no constant: the function stays whole.

func.func @g(%w: memref<8xf32> {kernel.constant}, %x: memref<8xf32>, %y: memref<8xf32>) {
  %b = memref.alloc() : memref<8xf32>
  isa.move %w to %b : memref<8xf32> to memref<8xf32>
  isa.move %b to %y : memref<8xf32> to memref<8xf32>
  isa.move %x to %b : memref<8xf32> to memref<8xf32>
  isa.move %b to %y : memref<8xf32> to memref<8xf32>
  func.return
}

// CHECK-NOT: func.func private
// CHECK:     func.func @g

// -----

// Nor is one that gets another constant after it has been read.

func.func @h(%w: memref<8xf32> {kernel.constant}, %v: memref<8xf32> {kernel.constant}, %y: memref<8xf32>, %z: memref<8xf32>) {
  %b = memref.alloc() : memref<8xf32>
  isa.move %w to %b : memref<8xf32> to memref<8xf32>
  isa.move %b to %y : memref<8xf32> to memref<8xf32>
  isa.move %v to %b : memref<8xf32> to memref<8xf32>
  isa.move %b to %z : memref<8xf32> to memref<8xf32>
  func.return
}

// CHECK-NOT: func.func private
// CHECK:     func.func @h

// -----

// Without the attribute nothing is split.

func.func @i(%w: memref<8xf32>, %y: memref<8xf32>) {
  %b = memref.alloc() : memref<8xf32>
  isa.move %w to %b : memref<8xf32> to memref<8xf32>
  isa.move %b to %y : memref<8xf32> to memref<8xf32>
  func.return
}

// CHECK-NOT: func.func private
// CHECK:     func.func @i

// -----

// Several buffers are passed in the order in which the function makes them.

func.func @j(%w: memref<8xf32> {kernel.constant}, %y: memref<8xf32>) {
  %b1 = memref.alloc() : memref<8xf32>
  %b2 = memref.alloc() : memref<8xf32>
  %b3 = memref.alloc() : memref<8xf32>
  %b4 = memref.alloc() : memref<8xf32>
  %b5 = memref.alloc() : memref<8xf32>
  isa.move %w to %b5 : memref<8xf32> to memref<8xf32>
  isa.move %w to %b4 : memref<8xf32> to memref<8xf32>
  isa.move %w to %b3 : memref<8xf32> to memref<8xf32>
  isa.move %w to %b2 : memref<8xf32> to memref<8xf32>
  isa.move %w to %b1 : memref<8xf32> to memref<8xf32>
  isa.move %b5 to %y : memref<8xf32> to memref<8xf32>
  isa.move %b4 to %y : memref<8xf32> to memref<8xf32>
  isa.move %b3 to %y : memref<8xf32> to memref<8xf32>
  isa.move %b2 to %y : memref<8xf32> to memref<8xf32>
  isa.move %b1 to %y : memref<8xf32> to memref<8xf32>
  func.return
}

// CHECK: func.call @j_pack(%w, %b1, %b2, %b3, %b4, %b5)
// CHECK: func.call @j_packed(%y, %b1, %b2, %b3, %b4, %b5)
