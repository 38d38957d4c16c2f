// RUN: isa-opt %s -p "hoist-packing" --split-input-file --allow-unregistered-dialect | filecheck %s

// The panels of weights that no time step changes are packed before the first one, one behind the
// other: panel n begins at element 64 * n, in steps of 48 * 64.
// CHECK-LABEL: @steps
// CHECK:       %panel = memref.alloc() : memref<6144xf32>
// CHECK:       scf.for %[[N:.*]] = %{{.*}} to %{{.*}} step
// CHECK:         isa.view %w(%[[N]])
// CHECK:         %[[TO:.*]] = isa.view %panel(%[[N]]) {map = affine_map<(d0, d1)[s0] -> ((((s0 * 64) + (d0 * 48)) + d1))>}
// CHECK:         isa.move %{{.*}} to %[[TO]]
// CHECK:       scf.for %t
// CHECK-NEXT:    scf.for %[[M:[^ ]+]] =
// CHECK-NEXT:      %[[AT:[^ ]+]] = isa.view %panel(%[[M]])
// CHECK-NEXT:      isa.move %[[AT]] to
// CHECK-NOT:   isa.move
func.func @steps(%w: memref<96x64xf32>, %y: memref<64x48xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c48 = arith.constant 48 : index
  %c96 = arith.constant 96 : index
  scf.for %t = %c0 to %c5 step %c1 {
    scf.for %n = %c0 to %c96 step %c48 {
      %part = isa.view %w(%n) {map = affine_map<(d0, d1)[s0] -> (s0 + d1, d0)>}
          : memref<96x64xf32> -> memref<64x48xf32, strided<[1, 64], offset: ?>>
      %panel = memref.alloc() : memref<64x48xf32>
      isa.move %part to %panel : memref<64x48xf32, strided<[1, 64], offset: ?>> to memref<64x48xf32>
      isa.move %panel to %y : memref<64x48xf32> to memref<64x48xf32>
    }
  }
  func.return
}

// -----

// What a step changes is packed in every step.
// CHECK-LABEL: @state
// CHECK:      scf.for %t
// CHECK:        memref.alloc() : memref<8xf32>
// CHECK-NEXT:   isa.move %h to
func.func @state(%h: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  scf.for %t = %c0 to %c5 step %c1 {
    %copy = memref.alloc() : memref<8xf32>
    isa.move %h to %copy : memref<8xf32> to memref<8xf32>
    isa.move %copy to %h : memref<8xf32> to memref<8xf32>
  }
  func.return
}

// -----

// Only a loop that the move does not depend on is worth crossing.
// CHECK-LABEL: @once
// CHECK:      scf.for %n
// CHECK:        memref.alloc() : memref<8xf32>
func.func @once(%x: memref<16xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  scf.for %n = %c0 to %c16 step %c8 {
    %part = isa.view %x(%n) {map = affine_map<(d0)[s0] -> (s0 + d0)>}
        : memref<16xf32> -> memref<8xf32, strided<[1], offset: ?>>
    %copy = memref.alloc() : memref<8xf32>
    isa.move %part to %copy : memref<8xf32, strided<[1], offset: ?>> to memref<8xf32>
    isa.move %copy to %y : memref<8xf32> to memref<8xf32>
  }
  func.return
}

// -----

// A constant is packed at compile time.
// CHECK: "memref.global"() {{.*}}"packed_0"{{.*}} dense<[1, 4, 2, 5, 3, 6]> : tensor<6xi8>
// CHECK-LABEL: @constant
// CHECK:      memref.get_global @packed_0 : memref<6xi8>
// CHECK:      isa.move
// CHECK-NOT:  isa.move
"memref.global"() <{sym_name = "weights", sym_visibility = "private", type = memref<2x3xi8>, constant,
    initial_value = dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>}> : () -> ()
func.func @constant(%y: memref<3x2xi8>) {
  %w = memref.get_global @weights : memref<2x3xi8>
  %part = isa.view %w {map = affine_map<(d0, d1) -> (d1, d0)>}
      : memref<2x3xi8> -> memref<3x2xi8, strided<[1, 3]>>
  %packed = memref.alloc() : memref<3x2xi8>
  isa.move %part to %packed : memref<3x2xi8, strided<[1, 3]>> to memref<3x2xi8>
  isa.move %packed to %y : memref<3x2xi8> to memref<3x2xi8>
  func.return
}

// -----

// What depends on an outer loop leaves the inner one all the same.
// CHECK-LABEL: @nested
// CHECK: scf.for %t
// CHECK: isa.view %w(%t)
// CHECK-NEXT: isa.view %panel
// CHECK-NEXT: isa.move
// CHECK: scf.for %i
// CHECK-NOT: isa.move
// CHECK: func.return
func.func @nested(%w: memref<5x96x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %c7 = arith.constant 7 : index
  scf.for %t = %c0 to %c5 step %c1 {
    scf.for %i = %c0 to %c7 step %c1 {
      %part = isa.view %w(%t) {map = affine_map<(d0, d1)[s0] -> (s0, d1, d0)>}
          : memref<5x96x64xf32> -> memref<64x96xf32, strided<[1, 64], offset: ?>>
      %panel = memref.alloc() : memref<64x96xf32>
      isa.move %part to %panel : memref<64x96xf32, strided<[1, 64], offset: ?>> to memref<64x96xf32>
      %row = isa.view %panel(%i) {map = affine_map<(d0)[s0] -> (s0, d0)>}
          : memref<64x96xf32> -> memref<16xf32, strided<[1], offset: ?>>
      %v = memref.alloc() : memref<16xf32, @zmm>
      "test.op"(%row, %v) : (memref<16xf32, strided<[1], offset: ?>>, memref<16xf32, @zmm>) -> ()
    }
  }
  func.return
}
