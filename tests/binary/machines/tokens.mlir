// Two engines that pass tokens, and micro-operations
isa.target @tokens {
  isa.memory @dram cached {bandwidth = 8 : i64}
  isa.memory @micro scratchpad {bytes = 64 : i64, row = 4 : i64}
  isa.memory @pad scratchpad {bytes = 4096 : i64, row = 8 : i64}
  isa.unit @load {queue = 4 : i64}
  isa.unit @execute {queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], pop[4:1], push[5:1]]
  isa.format @micro_word bits 32 in @micro [kind[0:2] = 3, to[2:10], from[12:10]]
  isa.tokens @load to @execute signal push wait pop
  isa.tokens @execute to @load signal push wait pop
  isa.control @halt on @execute finishes encoded<@word, opcode = 15>
  isa.control @idle on @load synchronises encoded<@word, opcode = 14>
  isa.instruction @records(%dst: memref<?xi32, @micro>, %src: memref<?xi32, @dram>) on @execute
      extents<i = 3> cost<latency = 1, interval = i>
      encoded<@word, opcode = 1, to[8:8] = address(dst), from[16:32] = address(src), n[48:2] = extent(i)> {
    kernel.contract "i->i"(%src) into %dst : (memref<?xi32, @dram>, memref<?xi32, @micro>)
  }
  isa.instruction @bring(%dst: memref<?x8xi8, @pad>, %src: memref<?x8xi8, strided<[?, 1]>, @dram>) on @load
      extents<i = 20> cost<latency = 1, interval = i>
      encoded<@word, opcode = 2, to[8:12] = address(dst), from[20:24] = address(src) / 8,
        n[44:6] = 2 * present(src, 0) + 1, top[50:4] = low(src, 0), bottom[54:2] = high(src, 0), signed pitch[56:8] = stride(src, 0) / 8> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x8xi8, strided<[?, 1]>, @dram>, memref<?x8xi8, @pad>)
  }
  isa.instruction @send(%dst: memref<?x8xi8, strided<[?, 1]>, @dram>, %src: memref<?x8xi8, @pad>) on @load
      extents<i = 20> cost<latency = 1, interval = i>
      encoded<@word, opcode = 3, from[8:12] = address(src), to[20:24] = address(dst) / 8,
        n[44:6] = 20 - extent(i), again[50:5] = extent(i), signed pitch[56:8] = stride(dst, 0) / 8> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x8xi8, @pad>, memref<?x8xi8, strided<[?, 1]>, @dram>)
  }
  isa.instruction @add(%to: memref<8xi8, @pad>, %from: memref<8xi8, @pad>, %more: i8, %factor: f32) on @execute
      cost<latency = 1, interval = 1>
      encoded<@word, opcode = 4, first[8:4] = first_record(), end[12:5] = end_record(), n[17:6] = count(0),
        signed to_step[23:4] = step(to, 0), signed from_step[27:1] = step(from, 0), signed more[28:4] = parameter(more),
        factor[32:32] = parameter(factor)
        records @micro_word, to = address(to), from = address(from)> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%from : memref<8xi8, @pad>) outs(%to : memref<8xi8, @pad>) {
    ^bb0(%x: i8, %old: i8):
      %y = arith.addi %x, %more : i8
      %f = arith.sitofp %y : i8 to f32
      %g = arith.mulf %f, %factor : f32
      %z = arith.fptosi %g : f32 to i8
      linalg.yield %z : i8
    }
  }
}
