// RUN: isa-opt %s -p configure,synchronise -t bin -o %t.elf && isa-objdump %t.elf | filecheck %s
// RUN: isa-opt %s -p configure,synchronise -t bin -o %t.elf && isa-objdump %t.elf | isa-as -o %t.2.elf && isa-objdump %t.2.elf --words | filecheck %s --check-prefix=WORDS
// RUN: isa-opt %s -p configure,synchronise -t asm | isa-as --format code -o %t.bin && isa-objdump %t.bin --target npu | filecheck %s --check-prefix=BARE
// RUN: not isa-objdump %s 2>&1 | filecheck %s --check-prefix=NONE
// RUN: not isa-as %s --target npu 2>&1 | filecheck %s --check-prefix=TEXT

isa.import @npu from "npu"

// CHECK:      .machine npu
// CHECK-NEXT: .digest
// CHECK-NEXT: .entry copy
// CHECK-NEXT: .buffer a input i8 [16, 16] layout [0:16, 1:16] align 64
// CHECK-NEXT: .buffer b output i8 [16, 16] layout [0:16, 1:16] align 64
// CHECK:      .loc {{.*}} 32 3
// CHECK:      load_i8 load.0 dst=@spad[8] src=a[0] src.present0=16 j=16 src.low0=0 src.high0=0 signal(store)
// CHECK:      halt control wait(store)

// Bits 0 to 7 are the opcode, 8 to 10 the engine; 32 to 51 the row of the scratchpad.
// WORDS:      load_i8 load.0 {{.*}} // 0x0{{[0-9a-f]+}}: 00000f00f000000000000008{{[0-9a-f]+}}110

// Without a container nothing says which addresses are in which buffer.
// BARE:       load_i8 load.0 dst=@spad[8] src=@dram[0]
// BARE-NOT:   .loc

// NONE: {{.*}}: error: this is no ELF file
// NONE: hint: bare code needs --target

// TEXT: isa-objdump.mlir:7:12: error: expected the engine that executes it
func.func @copy(%a: memref<16x16xi8, @dram>, %b: memref<16x16xi8, @dram>) {
  %s = memref.alloc() {isa.address = 8 : i64} : memref<16x16xi8, @spad>

  isa.invoke @npu::@load_i8(%s, %a) : memref<16x16xi8, @spad>, memref<16x16xi8, @dram>
  isa.invoke @npu::@store_i8(%b, %s) : memref<16x16xi8, @dram>, memref<16x16xi8, @spad>
  func.return
}
