// RUN: isa-opt %s -p configure,synchronise -t asm | filecheck %s
// RUN: isa-opt %s -p configure,synchronise -t "bin{hex=true}" | filecheck %s --check-prefix=ELF
// RUN: isa-opt %s -p configure,synchronise -t bin -o %t.elf && isa-opt %s -p configure,synchronise -t asm | filecheck %s
// RUN: isa-opt %s -p configure,synchronise -t "bin{format=manifest}" | filecheck %s --check-prefix=JSON

isa.import @npu from "npu"

// Addresses in scratchpads are rows, those in buffers bytes; an argument that is written is an output.
// CHECK: .machine npu
// CHECK: .entry copy
// CHECK: .buffer a input i8 [16, 32] layout [0:16, 1:32] align 64
// CHECK: .buffer b output i8 [16, 16] layout [0:16, 1:16] align 64
// CHECK: load_pitch load.0 value=32
// CHECK: load_i8 load.0 dst=@spad[8] src=a[16] src.present0=16 j=16 src.low0=0 src.high0=0 signal(store)
// CHECK: store_pitch store value=16
// CHECK: store_i8 store {{.*}}src=@spad[8]{{.*}}wait(load.0) signal(control)
// CHECK: halt control wait(store)

// ELF: 7f 45 4c 46

// JSON: "entry": "copy"
// JSON: "name": "b"
func.func @copy(%a: memref<16x32xi8, @dram>, %b: memref<16x16xi8, @dram>) {
  %s = memref.alloc() {isa.address = 8 : i64} : memref<16x16xi8, @spad>
  %v = isa.view %a {map = affine_map<(d0, d1) -> (d0, d1 + 16)>}
    : memref<16x32xi8, @dram> -> memref<16x16xi8, strided<[32, 1], offset: 16>, @dram>
  isa.invoke @npu::@load_i8(%s, %v) : memref<16x16xi8, @spad>, memref<16x16xi8, strided<[32, 1], offset: 16>, @dram>
  isa.invoke @npu::@store_i8(%b, %s) : memref<16x16xi8, @dram>, memref<16x16xi8, @spad>
  func.return
}
