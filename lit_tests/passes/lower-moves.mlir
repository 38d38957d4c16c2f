// RUN: isa-opt %s -p lower-moves | filecheck %s

isa.import @avx512 from "avx512"

// One instruction per register; a partial tile is masked, that is a shorter operand.
// CHECK-LABEL: func.func @load
// CHECK:         %[[FULL:[^ ]+]] = isa.view %a {{.*}} -> memref<16xf32>
// CHECK-NEXT:    isa.invoke @avx512::@loadu_ps(%{{[^ ]+}}, %[[FULL]])
// CHECK:         %[[SOME:[^ ]+]] = isa.view %a {map = affine_map<(d0) -> ((d0 + 16))>} : memref<20xf32> -> memref<4xf32
// CHECK-NEXT:    isa.invoke @avx512::@maskz_loadu_ps(%{{[^ ]+}}, %[[SOME]])
func.func @load(%a: memref<20xf32>, %r: memref<2x16xf32, @zmm>) {
  %v = isa.view %a {map = affine_map<(d0, d1) -> (16 * d0 + d1)>,
    guard_map = affine_map<(d0, d1) -> (16 * d0 + d1)>, guard_bounds = array<i64: 20>} : memref<20xf32> -> memref<2x16xf32>
  isa.move %v to %r : memref<2x16xf32> to memref<2x16xf32, @zmm>
  func.return
}

// An element that is repeated is a broadcast; lanes that are apart go through a small buffer.
// CHECK-LABEL: func.func @spread
// CHECK:         isa.invoke @avx512::@set1_ps
// CHECK:         %[[HOP:[^ ]+]] = memref.alloc() : memref<16xf32>
// CHECK:         scf.for
// CHECK:           memref.load
// CHECK:           memref.store
// CHECK:         isa.invoke @avx512::@loadu_ps(%{{[^ ]+}}, %[[HOP]])
func.func @spread(%a: memref<32xf32>, %r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>) {
  %one = isa.view %a {map = affine_map<(d0) -> (3)>} : memref<32xf32> -> memref<16xf32, strided<[0], offset: 3>>
  isa.move %one to %r : memref<16xf32, strided<[0], offset: 3>> to memref<16xf32, @zmm>
  %apart = isa.view %a {map = affine_map<(d0) -> (2 * d0)>} : memref<32xf32> -> memref<16xf32, strided<[2]>>
  isa.move %apart to %s : memref<16xf32, strided<[2]>> to memref<16xf32, @zmm>
  func.return
}

// From memory to memory: rows in vectors, in loops, by way of a register.
// CHECK-LABEL: func.func @rows
// CHECK:         scf.for
// CHECK:           scf.for
// CHECK:             memref.alloc() : memref<16xf32, @zmm>
// CHECK:             isa.invoke @avx512::@loadu_ps
// CHECK:             isa.invoke @avx512::@storeu_ps
func.func @rows(%a: memref<3x100xf32>, %b: memref<3x64xf32>) {
  %v = isa.view %a {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<3x100xf32> -> memref<3x64xf32, strided<[100, 1]>>
  isa.move %v to %b : memref<3x64xf32, strided<[100, 1]>> to memref<3x64xf32>
  func.return
}

// Rows that lie one behind the other on both sides are one.
// CHECK-LABEL: func.func @row
// CHECK-DAG:     %[[A:[^ ]+]] = memref.collapse_shape %a
// CHECK-DAG:     %[[B:[^ ]+]] = memref.collapse_shape %b
// CHECK:         %[[END:[^ ]+]] = arith.constant 192 : index
// CHECK:         scf.for %i = %{{.*}} to %[[END]]
// CHECK-NOT:     scf.for
// CHECK:             memref.alloc() : memref<16xf32, @zmm>
// CHECK:             isa.invoke @avx512::@loadu_ps
// CHECK:             isa.invoke @avx512::@storeu_ps
func.func @row(%a: memref<3x64xf32>, %b: memref<3x64xf32>) {
  isa.move %a to %b : memref<3x64xf32> to memref<3x64xf32>
  func.return
}

// What has no vectors on this machine goes element by element.
// CHECK-LABEL: func.func @elements
// CHECK:         scf.for
// CHECK:           memref.load
// CHECK:           memref.store
func.func @elements(%a: memref<64xf16>, %b: memref<64xf16>) {
  isa.move %a to %b : memref<64xf16> to memref<64xf16>
  func.return
}

// The instruction for zero, that for any number, and a repeated element for what is not known yet.
// CHECK-LABEL: func.func @fills
// CHECK:         isa.invoke @avx512::@setzero_ps
// CHECK:         isa.invoke @avx512::@fill_ps(%{{.*}}) with {value = 1.000000e+00 : f32}
// CHECK:         %[[CELL:[^ ]+]] = memref.alloc() : memref<f32>
// CHECK:         memref.store %x, %[[CELL]]
// CHECK:         isa.invoke @avx512::@set1_ps
func.func @fills(%r: memref<16xf32, @zmm>, %s: memref<16xf32, @zmm>, %t: memref<16xf32, @zmm>, %x: f32) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%r : memref<16xf32, @zmm>)
  %one = arith.constant 1.0 : f32
  linalg.fill ins(%one : f32) outs(%s : memref<16xf32, @zmm>)
  linalg.fill ins(%x : f32) outs(%t : memref<16xf32, @zmm>)
  func.return
}
