// RUN: isa-opt %s -p unroll-loops | filecheck %s

isa.import @npu from "npu"

!rows = memref<16x16xi8, strided<[16, 1], offset: ?>, @dram>

// One buffer for all iterations; what is there for some of them only is guarded there only.
// CHECK-LABEL: func.func @copy
// CHECK-NEXT:    %s = memref.alloc() : memref<16x16xi8, @spad>
// CHECK-NEXT:    %[[A0:[^ ]+]] = isa.view %a {map = affine_map<(d0, d1) -> (d0, d1)>} : memref
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%s, %[[A0]])
// CHECK-NEXT:    %[[B0:[^ ]+]] = isa.view %b {map = affine_map<(d0, d1) -> (d0, d1)>}
// CHECK-NEXT:    isa.invoke @npu::@store_i8(%[[B0]], %s)
// CHECK-NEXT:    %[[A1:[^ ]+]] = isa.view %a {map = affine_map<(d0, d1) -> ((d0 + 16), d1)>, guard_map = affine_map<(d0, d1) -> ((d0 + 16))>, guard_bounds = array<i64: 24>}
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%s, %[[A1]])
// CHECK-NEXT:    %[[B1:[^ ]+]] = isa.view %b {map = affine_map<(d0, d1) -> ((d0 + 16), d1)>}
// CHECK-NEXT:    isa.invoke @npu::@store_i8(%[[B1]], %s)
// CHECK-NEXT:    return
func.func @copy(%a: memref<24x16xi8, @dram>, %b: memref<32x16xi8, @dram>) {
  %first = arith.constant 0 : index
  %last = arith.constant 32 : index
  %step = arith.constant 16 : index
  scf.for %i = %first to %last step %step {
    %s = memref.alloc() : memref<16x16xi8, @spad>
    %from = isa.view %a(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>,
      guard_map = affine_map<(d0, d1)[s0] -> (d0 + s0)>, guard_bounds = array<i64: 24>}
      : memref<24x16xi8, @dram> -> !rows
    %to = isa.view %b(%i) {map = affine_map<(d0, d1)[s0] -> (d0 + s0, d1)>} : memref<32x16xi8, @dram> -> !rows
    isa.invoke @npu::@load_i8(%s, %from) : memref<16x16xi8, @spad>, !rows
    isa.invoke @npu::@store_i8(%to, %s) : !rows, memref<16x16xi8, @spad>
  }
  func.return
}
