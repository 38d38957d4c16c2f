// RUN: not isa-opt %s -p allocate-addresses 2>&1 | filecheck %s

isa.import @npu from "npu"

// CHECK: allocate-addresses_invalid.mlir:8:3: error: @spad has 262144 bytes, but 2 buffers that are in use together take 294912: %large of 196608 bytes, %small of 98304 bytes
// CHECK: use smaller tiles
func.func @f(%a: memref<16x16xi8, @dram>) {
  %large = memref.alloc() : memref<12288x16xi8, @spad>
  %small = memref.alloc() : memref<6144x16xi8, @spad>
  %p = isa.view %large {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<12288x16xi8, @spad> -> memref<16x16xi8, @spad>
  %q = isa.view %small {map = affine_map<(d0, d1) -> (d0, d1)>} : memref<6144x16xi8, @spad> -> memref<16x16xi8, @spad>
  isa.invoke @npu::@load_i8(%p, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
  isa.invoke @npu::@load_i8(%q, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
  isa.invoke @npu::@max_i8(%p, %p, %q) : memref<16x16xi8, @spad>, memref<16x16xi8, @spad>, memref<16x16xi8, @spad>
  func.return
}
