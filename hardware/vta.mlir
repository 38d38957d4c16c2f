// Apache VTA in its default configuration: a 1x16x16 matrix engine, an ALU, DMA, tokens between three engines
//
// The words are those of VTA's hw_spec.h, bit for bit. GEMM and ALU execute micro-operations, records
// in @uop that @load_records brings there: for every one of them, inside of two hardware loops. Rows
// of a memory are VTA's elements: 16 inputs, 16x16 weights, 16 accumulators. The arrays in @dram are
// made of such elements: inputs [m][k/16][16], weights [n/16][k/16][16][16], results [m][n/16][16].
//
// Stores read the low 8 bits of @acc here; in hardware, those of a buffer that GEMM and ALU write beside
// @acc, but resets and loads do not. So what is stored must be `computed` last.

!inputs = memref<?x?x16xi8, @inp>
!weights = memref<?x?x16x16xi8, @wgt>
!sums = memref<?x?x16xi32, @acc>
!inputs_in_dram = memref<?x?x16xi8, strided<[?, 16, 1]>, @dram>
!weights_in_dram = memref<?x?x16x16xi8, strided<[?, 256, 16, 1]>, @dram>
!sums_in_dram = memref<?x?x16xi32, strided<[?, 16, 1]>, @dram>
!input = memref<1x16xi8, @inp>
!weight = memref<16x16xi8, @wgt>
!sum = memref<1x16xi32, @acc>

#all = affine_map<(i, j) -> (i, j)>
#all3 = affine_map<(i, j, k) -> (i, j, k)>

isa.target @vta attributes {summary = "Apache VTA: a 1x16x16 matrix engine with micro-operations",
    bus = 8 : i64} {
  isa.memory @dram cached {bandwidth = #isa.number<bus>}
  isa.memory @uop scratchpad {bytes = 32768 : i64, row = 4 : i64}
  isa.memory @inp scratchpad {bytes = 32768 : i64, row = 16 : i64}
  isa.memory @wgt scratchpad {bytes = 262144 : i64, row = 256 : i64}
  isa.memory @acc scratchpad {bytes = 131072 : i64, row = 64 : i64}

  isa.unit @load {queue = 512 : i64}
  isa.unit @compute {queue = 512 : i64}
  isa.unit @store {queue = 512 : i64}

  isa.format @word bits 128 [opcode[0:3], pop_prev[3:1], pop_next[4:1], push_prev[5:1], push_next[6:1]]
  isa.format @move bits 128 [opcode[0:3], pop_prev[3:1], pop_next[4:1], push_prev[5:1], push_next[6:1],
    memory[7:3], sram[10:16], dram[26:32], y_size[64:16], x_size[80:16], x_stride[96:16],
    y_pad_0[112:4], y_pad_1[116:4], x_pad_0[120:4], x_pad_1[124:4]]
  isa.format @gemm bits 128 [opcode[0:3] = 2, pop_prev[3:1], pop_next[4:1], push_prev[5:1], push_next[6:1],
    reset[7:1], uop_bgn[8:13], uop_end[21:14], iter_out[35:14], iter_in[49:14],
    dst_factor_out[64:11], dst_factor_in[75:11], src_factor_out[86:11], src_factor_in[97:11],
    wgt_factor_out[108:10], wgt_factor_in[118:10]]
  isa.format @alu bits 128 [opcode[0:3] = 4, pop_prev[3:1], pop_next[4:1], push_prev[5:1], push_next[6:1],
    reset[7:1], uop_bgn[8:13], uop_end[21:14], iter_out[35:14], iter_in[49:14],
    dst_factor_out[64:11], dst_factor_in[75:11], src_factor_out[86:11], src_factor_in[97:11],
    alu_opcode[108:3], use_imm[111:1], signed imm[112:16]]
  isa.format @record bits 32 in @uop [dst[0:11], src[11:11], wgt[22:10]]

  isa.tokens @load to @compute signal push_next wait pop_prev
  isa.tokens @compute to @load signal push_prev wait pop_next
  isa.tokens @compute to @store signal push_next wait pop_prev
  isa.tokens @store to @compute signal push_prev wait pop_next

  isa.control @finish on @compute finishes encoded<@word, opcode = 3>

  // Moves of nothing only wait and signal

  isa.control @idle_load on @load synchronises encoded<@move, opcode = 0, memory = 2>
  isa.control @idle_compute on @compute synchronises encoded<@move, opcode = 0, memory = 0>
  isa.control @idle_store on @store synchronises encoded<@move, opcode = 1, memory = 4>

  // Loads of x_size elements of each of y_size rows; elements around them are zero

  isa.instruction @load_records(%dst: memref<?xi32, @uop>, %src: memref<?xi32, strided<[1]>, @dram>)
      on @compute extents<i = 8192> cost<latency = 40, interval = ceildiv(4 * i, bus)>
      encoded<@move, opcode = 0, memory = 0, sram = address(dst), dram = address(src) / 4,
        y_size = 1, x_size = extent(i)> {
    kernel.contract "i->i"(%src) into %dst : (memref<?xi32, strided<[1]>, @dram>, memref<?xi32, @uop>)
  }
  isa.instruction @load_weights(%dst: !weights, %src: !weights_in_dram)
      on @load extents<i = 1024, j = 1024> cost<latency = 40, interval = ceildiv(256 * i * j, bus)>
      encoded<@move, opcode = 0, memory = 1, sram = address(dst), dram = address(src) / 256, y_size = extent(i),
        x_size = extent(j), x_stride = stride(src, 0) / 256> {
    kernel.contract "ijkl->ijkl"(%src) into %dst : (!weights_in_dram, !weights)
  }
  isa.instruction @load_inputs(%dst: !inputs, %src: !inputs_in_dram)
      on @load extents<i = 2048, j = 2048> cost<latency = 40, interval = ceildiv(16 * i * j, bus)>
      encoded<@move, opcode = 0, memory = 2, sram = address(dst), dram = address(src) / 16, y_size = present(src, 0),
        x_size = present(src, 1), x_stride = stride(src, 0) / 16, y_pad_0 = low(src, 0), y_pad_1 = high(src, 0),
        x_pad_0 = low(src, 1), x_pad_1 = high(src, 1)> {
    kernel.contract "ijk->ijk"(%src) into %dst : (!inputs_in_dram, !inputs)
  }
  isa.instruction @load_sums(%dst: !sums, %src: !sums_in_dram)
      on @compute extents<i = 2048, j = 2048> cost<latency = 40, interval = ceildiv(64 * i * j, bus)>
      encoded<@move, opcode = 0, memory = 3, sram = address(dst), dram = address(src) / 64, y_size = present(src, 0),
        x_size = present(src, 1), x_stride = stride(src, 0) / 64, y_pad_0 = low(src, 0), y_pad_1 = high(src, 0),
        x_pad_0 = low(src, 1), x_pad_1 = high(src, 1)> {
    kernel.contract "ijk->ijk"(%src) into %dst : (!sums_in_dram, !sums)
  }

  // The store: the low 8 bits of accumulators

  isa.instruction @store_low_bits(%dst: !inputs_in_dram, %src: !sums)
      on @store extents<i = 2048, j = 2048> cost<latency = 40, interval = ceildiv(16 * i * j, bus)>
      encoded<@move, opcode = 1, memory = 4, sram = address(src), dram = address(dst) / 16, y_size = extent(i),
        x_size = extent(j), x_stride = stride(dst, 0) / 16> attributes {computed = ["src"]} {
    linalg.generic {indexing_maps = [#all3, #all3], iterator_types = ["parallel", "parallel", "parallel"]}
        ins(%src : !sums) outs(%dst : !inputs_in_dram) attrs = {kernel.axes = ["i", "j", "k"]} {
    ^bb0(%x: i32, %old: i8):
      %r = arith.trunci %x : i32 to i8
      linalg.yield %r : i8
    }
  }

  // One micro-operation of GEMM, and the reset of an accumulator

  isa.instruction @multiply(%c: !sum, %a: !input, %b: !weight) on @compute cost<latency = 8, interval = 1>
      encoded<@gemm, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(c, 0), dst_factor_in = step(c, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), wgt_factor_out = step(b, 0), wgt_factor_in = step(b, 1)
        records @record, dst = address(c), src = address(a), wgt = address(b)> {
    kernel.contract "ik,jk->ij"(%a, %b) add %c : (!input, !weight, !sum)
  }
  isa.instruction @reset(%c: !sum) on @compute cost<latency = 8, interval = 1>
      encoded<@gemm, reset = 1,
        uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(c, 0), dst_factor_in = step(c, 1)
        records @record, dst = address(c)> {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%c : !sum)
  }

  // ALU: an accumulator with another one, or with a number

  isa.instruction @min(%d: !sum, %a: !sum) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), alu_opcode = 0 records @record, dst = address(d), src = address(a)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !sum) outs(%d : !sum) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.minsi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @max(%d: !sum, %a: !sum) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), alu_opcode = 1 records @record, dst = address(d), src = address(a)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !sum) outs(%d : !sum) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.maxsi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @add(%d: !sum, %a: !sum) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), alu_opcode = 2 records @record, dst = address(d), src = address(a)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !sum) outs(%d : !sum) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.addi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @shift_right(%d: !sum, %a: !sum) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), alu_opcode = 3 records @record, dst = address(d), src = address(a)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !sum) outs(%d : !sum) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.shrsi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @mul(%d: !sum, %a: !sum) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), src_factor_out = step(a, 0),
        src_factor_in = step(a, 1), alu_opcode = 4 records @record, dst = address(d), src = address(a)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !sum) outs(%d : !sum) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.muli %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @min_number(%d: !sum, %value: i32) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), alu_opcode = 0, use_imm = 1,
        imm = parameter(value) records @record, dst = address(d)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !sum) {
    ^bb0(%old: i32):
      %r = arith.minsi %old, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @max_number(%d: !sum, %value: i32) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), alu_opcode = 1, use_imm = 1,
        imm = parameter(value) records @record, dst = address(d)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !sum) {
    ^bb0(%old: i32):
      %r = arith.maxsi %old, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @add_number(%d: !sum, %value: i32) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), alu_opcode = 2, use_imm = 1,
        imm = parameter(value) records @record, dst = address(d)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !sum) {
    ^bb0(%old: i32):
      %r = arith.addi %old, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @shift_right_number(%d: !sum, %value: i32) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), alu_opcode = 3, use_imm = 1,
        imm = parameter(value) records @record, dst = address(d)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !sum) {
    ^bb0(%old: i32):
      %r = arith.shrsi %old, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @mul_number(%d: !sum, %value: i32) on @compute cost<latency = 8, interval = 2>
      encoded<@alu, uop_bgn = first_record(), uop_end = end_record(), iter_out = count(0), iter_in = count(1),
        dst_factor_out = step(d, 0), dst_factor_in = step(d, 1), alu_opcode = 4, use_imm = 1,
        imm = parameter(value) records @record, dst = address(d)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !sum) {
    ^bb0(%old: i32):
      %r = arith.muli %old, %value : i32
      linalg.yield %r : i32
    }
  }
}
