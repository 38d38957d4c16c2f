// RUN: isa-opt -p "insert-prefetches{target=avx512}" %s | filecheck %s

// Two rows at a time, of each a number per step: the next two begin 8192 numbers further on, and two
// numbers per step bring all of them. 32 KiB do not fit the nearest cache beside what is in use.
// CHECK-LABEL: @rows
// CHECK: scf.for %k
// CHECK-NEXT: isa.prefetch %x(%m, %k) {map = affine_map<()[s0, s1] -> ((((s0 * 4096) + (s1 * 2)) + 8192))>, level = 2 : i64} : memref<512x4096xf32>
// CHECK-NEXT: isa.view
func.func @rows(%x: memref<512x4096xf32>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c512 = arith.constant 512 : index
  %c4096 = arith.constant 4096 : index
  scf.for %m = %c0 to %c512 step %c2 {
    scf.for %k = %c0 to %c4096 step %c1 {
      %0 = isa.view %x(%m, %k) {map = affine_map<()[s0, s1] -> (s0, s1)>}
          : memref<512x4096xf32> -> memref<f32, strided<[], offset: ?>>
      isa.invoke @avx512::@set1_ps(%a, %0) : memref<16xf32, @zmm>, memref<f32, strided<[], offset: ?>>
      %1 = isa.view %x(%m, %k) {map = affine_map<()[s0, s1] -> (s0 + 1, s1)>}
          : memref<512x4096xf32> -> memref<f32, strided<[], offset: ?>>
      isa.invoke @avx512::@set1_ps(%b, %1) : memref<16xf32, @zmm>, memref<f32, strided<[], offset: ?>>
    }
  }
  func.return
}

// What fits the second cache level is near after the first time.
// CHECK-LABEL: @small
// CHECK-NOT: isa.prefetch
// CHECK: func.return
func.func @small(%x: memref<16x4096xf32>, %a: memref<16xf32, @zmm>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c4096 = arith.constant 4096 : index
  scf.for %m = %c0 to %c16 step %c1 {
    scf.for %k = %c0 to %c4096 step %c1 {
      %0 = isa.view %x(%m, %k) {map = affine_map<()[s0, s1] -> (s0, s1)>}
          : memref<16x4096xf32> -> memref<f32, strided<[], offset: ?>>
      isa.invoke @avx512::@set1_ps(%a, %0) : memref<16xf32, @zmm>, memref<f32, strided<[], offset: ?>>
    }
  }
  func.return
}

// Half of the rows are skipped: what follows is not what is needed.
// CHECK-LABEL: @gaps
// CHECK-NOT: isa.prefetch
// CHECK: func.return
func.func @gaps(%x: memref<512x4096xf32>, %a: memref<16xf32, @zmm>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c512 = arith.constant 512 : index
  %c4096 = arith.constant 4096 : index
  scf.for %m = %c0 to %c512 step %c2 {
    scf.for %k = %c0 to %c4096 step %c1 {
      %0 = isa.view %x(%m, %k) {map = affine_map<()[s0, s1] -> (s0, s1)>}
          : memref<512x4096xf32> -> memref<f32, strided<[], offset: ?>>
      isa.invoke @avx512::@set1_ps(%a, %0) : memref<16xf32, @zmm>, memref<f32, strided<[], offset: ?>>
    }
  }
  func.return
}

isa.import @avx512 from "avx512"
