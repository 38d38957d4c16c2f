// RUN: not isa-opt --check-target %s | filecheck %s

// What verifies part by part may not fit together as words: the errors stand at the parts.
isa.target @words {
  isa.memory @dram cached {bandwidth = 8 : i64}
  isa.memory @pad scratchpad {bytes = 4096 : i64, row = 16 : i64}
  isa.unit @load {count = 2 : i64, queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], engine[4:1] = engine()]
  isa.format @bare bits 64 [opcode[0:4]]
  isa.instruction @bring(%dst: memref<?x16xi8, @pad>, %src: memref<?x16xi8, @dram>) on @load
      extents<i = 16> cost<latency = 1, interval = i>
      encoded<@word, opcode = 2, to[8:8] = address(dst), from[32:32] = address(src), rows[16:3] = extent(i) - 1> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x16xi8, @dram>, memref<?x16xi8, @pad>)
  }
  isa.instruction @send(%dst: memref<?x16xi8, @dram>, %src: memref<?x16xi8, @pad>) on @load
      extents<i = 8> cost<latency = 1, interval = i>
      encoded<@word, opcode = 2, from[8:8] = address(src), to[32:32] = address(dst), rows[16:3] = extent(i) - 1> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x16xi8, @pad>, memref<?x16xi8, @dram>)
  }
  isa.control @idle on @load synchronises encoded<@bare, opcode = 1>
}
// CHECK:      isa_check_forms_invalid.mlir:10:3: error: @bring does up to 16 of axis 'i', but field 'rows' of 3 bits cannot hold 'extent(i) - 1' for 16
// CHECK-NEXT: isa_check_forms_invalid.mlir:20:3: error: words of @idle on load.1 can be the same bits as those of @idle on load.0
// CHECK-NEXT: hint: give them different opcodes, or say which engine it is: 'engine()'
// CHECK-NEXT: isa_check_forms_invalid.mlir:15:3: error: words of @send on load.0 can be the same bits as those of @bring on load.0
// CHECK-NEXT: hint: give them different opcodes
// CHECK-NEXT: isa_check_forms_invalid.mlir:15:3: error: words of @send on load.1 can be the same bits as those of @bring on load.1
