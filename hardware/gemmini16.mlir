// Gemmini: a 16 x 16 array of int8 with scratchpad and accumulator, as an interlocked machine; timed
//
// The instructions are RoCC commands: a function and two registers of 64 bits, here words of 192 bits, which a
// RISC-V CPU hands over. Local addresses count rows; bit 31 says accumulator, bit 30 add to what is there, bit 29
// full width, all ones nothing (reads zeros, writes nothing). Hardware orders what conflicts, a fence ends a program.
//
// Costs are fitted to the register-transfer model, warm: a move-in takes 18 cycles for 16 rows of 16 bytes and
// 66 for 16 rows of 64, a move-out 26, preload and compute 17, or 16 with the weights of the one before.

!bytes = memref<?x?xi8, strided<[16, 1]>, @spad>
!words = memref<?x?xi32, strided<[16, 1]>, @acc>
!bytes_in_dram = memref<?x?xi8, strided<[?, 1]>, @dram>
!words_in_dram = memref<?x?xi32, strided<[?, 1]>, @dram>
!blocks = memref<?x?x16xi8, strided<[256, 16, 1]>, @spad>
!blocks_in_dram = memref<?x?x16xi8, strided<[16, ?, 1]>, @dram>

#all = affine_map<(i, j) -> (i, j)>

isa.target @gemmini16 attributes {summary = "a 16 x 16 array of int8 that orders its memory accesses itself",
    interlocked, dim = 16 : i64, bus = 16 : i64,
    c.prelude = ["/* Both macros may be defined otherwise, to look at the commands on another computer. */",
      "#ifndef COMMAND",
      "#define COMMAND(function, rs1, rs2) \\",
      "  __asm__ volatile(\".insn r 0x7b, 3, \" #function \", x0, %0, %1\" : : \"r\"(rs1), \"r\"(rs2) : \"memory\")",
      "#define WAIT() __asm__ volatile(\"fence\" : : : \"memory\")",
      "#endif"]} {
  isa.memory @dram cached {bandwidth = #isa.number<bus>}
  isa.memory @spad scratchpad {bytes = 262144 : i64, row = #isa.number<dim>, banks = 4 : i64}
  isa.memory @acc scratchpad {bytes = 65536 : i64, row = #isa.number<4 * dim>, banks = 2 : i64}

  isa.unit @load {queue = 8 : i64}
  isa.unit @execute {queue = 16 : i64}
  isa.unit @store {queue = 4 : i64}

  isa.format @end bits 192 [function[0:7]] c "COMMAND({0:7}, {64:64}, {128:64}); WAIT();"
  isa.format @move bits 192 [function[0:7], far[64:64], near[128:29], full[157:1], adds[158:1], accumulator[159:1],
    columns[160:16], rows[176:16]] c "COMMAND({0:7}, {64:64}, {128:64});"
  isa.format @preload bits 192 [function[0:7] = 6, b[64:29], b_nothing[93:3], b_columns[96:16], b_rows[112:16],
    c[128:29], full[157:1], adds[158:1], accumulator[159:1] = 1, c_columns[160:16], c_rows[176:16]]
    c "COMMAND({0:7}, {64:64}, {128:64});"
  isa.format @compute bits 192 [function[0:7], a[64:29], a_nothing[93:3], a_columns[96:16], a_rows[112:16],
    d[128:32] = 4294967295, d_columns[160:16] = 16, d_rows[176:16] = 16] c "COMMAND({0:7}, {64:64}, {128:64});"

  isa.control @fence on @execute finishes encoded<@end, function = 7>

  // Configurations, which set scales too, so that every one that is used must be set. How to multiply: 1 is with the weights in the array; operands are scaled by one (as f32), rows are
  // one apart. Per channel, the stride of moves in; blocks are 16 rows apart. Stores have one register for three
  // settings: the activation in its bits 0 and 1, the stride in bits 62 to 93, the scale as f32 in bits 94 to 125

  isa.format @product_setting bits 192 [function[0:7] = 0, kind[64:2] = 0, value[66:1] = value(), a_pitch[80:16] = 1,
    scale[96:32] = 1065353216, c_pitch[176:16] = 1] c "COMMAND({0:7}, {64:64}, {128:64});"
  isa.format @load_setting bits 192 [function[0:7] = 0, kind[64:2] = 1, channel[67:2], block_pitch[80:16] = 16,
    scale[96:32] = 1065353216, value[128:64] = value()] c "COMMAND({0:7}, {64:64}, {128:64});"
  isa.format @store_setting bits 192 [function[0:7] = 0, kind[64:2] = 2, value[66:126] = value()]
    c "COMMAND({0:7}, {64:64}, {128:64});"
  isa.configuration @weights_stay on @execute required encoded<@product_setting>
  isa.configuration @load_stride on @load required encoded<@load_setting, channel = 0>
  isa.configuration @load_stride2 on @load required encoded<@load_setting, channel = 1>
  isa.configuration @load_stride3 on @load required encoded<@load_setting, channel = 2>
  isa.configuration @store_register on @store required encoded<@store_setting>

  // Moves in: three channels, each with a stride of its own; the third is for several blocks of 16 columns, which lie
  // one after the other

  isa.instruction @mvin(%dst: !bytes, %src: !bytes_in_dram)
      on @load extents<i = dim, j = dim> cost<latency = 28, interval = i * ceildiv(j, bus) + 2>
      encoded<@move, function = 2, near = address(dst), far = address(src), rows = extent(i), columns = extent(j),
        @load_stride = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!bytes_in_dram, !bytes)
  }
  isa.instruction @mvin2(%dst: !bytes, %src: !bytes_in_dram)
      on @load extents<i = dim, j = dim> cost<latency = 28, interval = i * ceildiv(j, bus) + 2>
      encoded<@move, function = 1, near = address(dst), far = address(src), rows = extent(i), columns = extent(j),
        @load_stride2 = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!bytes_in_dram, !bytes)
  }
  isa.instruction @mvin_blocks(%dst: !blocks, %src: !blocks_in_dram)
      on @load extents<b = 4, i = dim> cost<latency = 28, interval = b * i + 2>
      encoded<@move, function = 14, near = address(dst), far = address(src), rows = extent(i), columns = extent(b) * 16,
        @load_stride3 = stride(src, 1)> {
    kernel.contract "bij->bij"(%src) into %dst : (!blocks_in_dram, !blocks)
  }
  isa.instruction @mvin_i32(%dst: !words, %src: !words_in_dram)
      on @load extents<i = dim, j = dim> cost<latency = 28, interval = i * ceildiv(4 * j, bus) + 2>
      encoded<@move, function = 2, near = address(dst), full = 1, accumulator = 1, far = address(src), rows = extent(i),
        columns = extent(j), @load_stride = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!words_in_dram, !words)
  }

  // Products: the weights are put into the array, then rows of the other factor stream through it

  isa.instruction @multiply(%c: !words, %a: !bytes, %b: !bytes)
      on @execute extents<i = dim, j = dim, k = dim> cost<latency = 120, interval = max(i, dim) + 1 - kept>
      encoded<@preload, b = address(b), b_rows = extent(k), b_columns = extent(j), c = address(c), c_rows = extent(i),
          c_columns = extent(j), adds = 0
        then @compute, function = 4, a = address(a), a_rows = extent(i), a_columns = extent(k),
          @weights_stay = 1>
      keeping b encoded<@preload, b = 536870911, b_nothing = 7, b_rows = extent(k), b_columns = extent(j),
          c = address(c), c_rows = extent(i), c_columns = extent(j), adds = 0
        then @compute, function = 5, a = address(a), a_rows = extent(i), a_columns = extent(k),
          @weights_stay = 1> {
    kernel.contract "ik,kj->ij"(%a, %b) into %c : (!bytes, !bytes, !words)
  }
  isa.instruction @multiply_add(%c: !words, %a: !bytes, %b: !bytes)
      on @execute extents<i = dim, j = dim, k = dim> cost<latency = 120, interval = max(i, dim) + 1 - kept>
      encoded<@preload, b = address(b), b_rows = extent(k), b_columns = extent(j), c = address(c), c_rows = extent(i),
          c_columns = extent(j), adds = 1
        then @compute, function = 4, a = address(a), a_rows = extent(i), a_columns = extent(k),
          @weights_stay = 1>
      keeping b encoded<@preload, b = 536870911, b_nothing = 7, b_rows = extent(k), b_columns = extent(j),
          c = address(c), c_rows = extent(i), c_columns = extent(j), adds = 1
        then @compute, function = 5, a = address(a), a_rows = extent(i), a_columns = extent(k),
          @weights_stay = 1> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (!bytes, !bytes, !words)
  }

  // A product of nothing with nothing: zeros

  isa.instruction @zero(%c: !words)
      on @execute extents<i = dim, j = dim> cost<latency = 120, interval = max(i, dim) + 1>
      encoded<@preload, b = 536870911, b_nothing = 7, b_rows = 16, b_columns = extent(j), c = address(c),
          c_rows = extent(i), c_columns = extent(j), adds = 0
        then @compute, function = 4, a = 536870911, a_nothing = 7, a_rows = extent(i), a_columns = 16,
          @weights_stay = 1> {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%c : !words)
  }

  // Moves out of the accumulator: in full, or clamp(round(max(x, 0) * scale)), a half to even, the maximum with `relu`.
  // In full, sums go out as they are: there is no maximum for i32. The scale is f32: to scale by an integer multiplier
  // and a shift rounds otherwise. A host does both (`--host`)

  isa.instruction @mvout_i32(%dst: !words_in_dram, %src: !words)
      on @store extents<i = dim, j = dim> cost<latency = 30, interval = i * ceildiv(4 * j, bus)>
      encoded<@move, function = 3, near = address(src), full = 1, accumulator = 1, far = address(dst), rows = extent(i),
        columns = extent(j), @store_register[62:32] = stride(dst, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!words, !words_in_dram)
  }
  isa.instruction @mvout_i8(%dst: !bytes_in_dram, %src: !words, %scale: f32, %relu: i1)
      on @store extents<i = dim, j = dim> cost<latency = 30, interval = ceildiv(13 * i, 8)>
      encoded<@move, function = 3, near = address(src), full = 0, accumulator = 1, far = address(dst), rows = extent(i),
        columns = extent(j), @store_register[0:2] = parameter(relu), @store_register[62:32] = stride(dst, 0),
        @store_register[94:32] = parameter(scale)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%src : !words) outs(%dst : !bytes_in_dram) {
    ^bb0(%x: i32, %old: i8):
      %none = arith.constant 0 : i32
      %least = arith.constant -128.0 : f32
      %most = arith.constant 127.0 : f32
      %positive = arith.maxsi %x, %none : i32
      %active = arith.select %relu, %positive, %x : i32
      %value = arith.sitofp %active : i32 to f32
      %scaled = arith.mulf %value, %scale : f32
      %whole = math.roundeven %scaled : f32
      %above = arith.maximumf %whole, %least : f32
      %limited = arith.minimumf %above, %most : f32
      %r = arith.fptosi %limited : f32 to i8
      linalg.yield %r : i8
    }
  }
}
