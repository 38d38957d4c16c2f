// RUN: isa-opt -p "stream-results{target=avx512}" %s | filecheck %s

// Nothing reads these 32 MiB, and half of the last cache level holds 16: they are stored past the caches.
// CHECK-LABEL: @large
// CHECK: isa.invoke @avx512::@stream_ps(
func.func @large(%y: memref<8388608xf32>, %v: memref<16xf32, @zmm>) {
  %0 = isa.view %y {map = affine_map<(d0) -> (d0)>} : memref<8388608xf32> -> memref<16xf32>
  isa.invoke @avx512::@storeu_ps(%0, %v) : memref<16xf32>, memref<16xf32, @zmm>
  func.return
}

// What fits stays near, for whoever reads it next.
// CHECK-LABEL: @small
// CHECK: isa.invoke @avx512::@storeu_ps(
func.func @small(%y: memref<1048576xf32>, %v: memref<16xf32, @zmm>) {
  %0 = isa.view %y {map = affine_map<(d0) -> (d0)>} : memref<1048576xf32> -> memref<16xf32>
  isa.invoke @avx512::@storeu_ps(%0, %v) : memref<16xf32>, memref<16xf32, @zmm>
  func.return
}

// What is read again, stays near too.
// CHECK-LABEL: @read
// CHECK: isa.invoke @avx512::@storeu_ps(
func.func @read(%y: memref<8388608xf32>, %v: memref<16xf32, @zmm>) {
  %0 = isa.view %y {map = affine_map<(d0) -> (d0)>} : memref<8388608xf32> -> memref<16xf32>
  isa.invoke @avx512::@loadu_ps(%v, %0) : memref<16xf32, @zmm>, memref<16xf32>
  isa.invoke @avx512::@storeu_ps(%0, %v) : memref<16xf32>, memref<16xf32, @zmm>
  func.return
}

// Parts of registers have no such instruction.
// CHECK-LABEL: @part
// CHECK: isa.invoke @avx512::@mask_storeu_ps(
func.func @part(%y: memref<8388607xf32>, %v: memref<16xf32, @zmm>) {
  %0 = isa.view %y {map = affine_map<(d0) -> (d0)>} : memref<8388607xf32> -> memref<7xf32>
  isa.invoke @avx512::@mask_storeu_ps(%0, %v) : memref<7xf32>, memref<16xf32, @zmm>
  func.return
}

isa.import @avx512 from "avx512"
