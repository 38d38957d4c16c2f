// RUN: not isa-opt %s -t c 2>&1 | filecheck %s

// Nothing can be kept elsewhere when all registers that go by number are in use.
isa.import @amx from "amx"
func.func @many(%a: memref<9x16x16xi32>) {
  // CHECK: c_numbered_invalid.mlir:7:3: error: 9 registers of @tmm needed, 8 of 8 are free
  %t = memref.alloc() : memref<9x16x16xi32, @tmm>
  %first = isa.view %t {map = affine_map<(i, j) -> (0, i, j)>} : memref<9x16x16xi32, @tmm> -> memref<16x16xi32, @tmm>
  isa.invoke @amx::@tilezero_epi32(%first) : memref<16x16xi32, @tmm>
  func.return
}
