// RUN: isa-opt %s -t c --split-input-file --verify-diagnostics | filecheck %s

// CHECK: c_invalid.mlir:6:3: error: 'linalg.fill' cannot be written in C: it has not been lowered
func.func @not_lowered(%a: memref<4xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%a : memref<4xf32>)
  func.return
}

// -----

// CHECK: error: elements of type i4 cannot be written in C
func.func @elements(%a: memref<4xi4>) {
  func.return
}

// -----

// CHECK: error: @a b and @a_b have the same name in C
func.func @"a b"() {
  func.return
}
func.func @a_b() {
  func.return
}

// -----

// CHECK: error: a register of 'r' is chosen at run time
// CHECK: hint: unroll the loop over it
isa.import @avx512 from "avx512"
func.func @register(%a: memref<64xf32>) {
  %r = memref.alloc() : memref<4x16xf32, @zmm>
  %start = arith.constant 0 : index
  %stop = arith.constant 4 : index
  %step = arith.constant 1 : index
  scf.for %i = %start to %stop step %step {
    %v = isa.view %r(%i) {map = affine_map<(d0)[s0] -> (s0, d0)>}
      : memref<4x16xf32, @zmm> -> memref<16xf32, strided<[1], offset: ?>, @zmm>
    isa.invoke @avx512::@setzero_ps(%v) : memref<16xf32, strided<[1], offset: ?>, @zmm>
  }
  func.return
}
