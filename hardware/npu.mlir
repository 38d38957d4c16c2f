// An accelerator of our own: a matrix engine, a vector unit and DMA; `dim` is 16, others include it
//
// Five kinds of engines take instructions from queues, in order and beside each other; counting
// semaphores hold them back. Scratchpad @spad has rows of `dim` bytes and feeds the matrix engine,
// @acc has rows of `dim` words of 32 bits. Addresses count rows, those in @dram bytes. Words have
// 128 bits; pitches, and the counts and steps of hardware loops, are in configurations.

!bytes = memref<?x?xi8, strided<[?, 1]>, @spad>
!words = memref<?x?xi32, strided<[?, 1]>, @acc>
!floats = memref<?x?xf32, strided<[?, 1]>, @acc>
!bytes_in_dram = memref<?x?xi8, strided<[?, 1]>, @dram>
!words_in_dram = memref<?x?xi32, strided<[?, 1]>, @dram>
!floats_in_dram = memref<?x?xf32, strided<[?, 1]>, @dram>
!row_of_bytes = memref<?xi8, @spad>
!row_of_floats = memref<?xf32, @acc>
!column_of_words = memref<?xi32, strided<[?]>, @acc>
!column_of_floats = memref<?xf32, strided<[?]>, @acc>

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#column = affine_map<(i, j) -> (i)>

isa.target @npu attributes {summary = "a matrix engine, a vector unit and DMA",
    dim = 16 : i64, bus = 16 : i64} {
  isa.memory @dram cached {bandwidth = #isa.number<bus>}
  isa.memory @spad scratchpad {bytes = #isa.number<16384 * dim>, row = #isa.number<dim>, banks = 4 : i64}
  isa.memory @acc scratchpad {bytes = #isa.number<16384 * dim>, row = #isa.number<4 * dim>, banks = 2 : i64}

  isa.unit @control {queue = 8 : i64, number = 0 : i64}
  isa.unit @load {count = 2 : i64, queue = 16 : i64, number = 1 : i64}
  isa.unit @execute {queue = 16 : i64, number = 4 : i64}
  isa.unit @vector {queue = 16 : i64, number = 5 : i64}
  isa.unit @store {queue = 16 : i64, number = 6 : i64}

  isa.format @word bits 128 [opcode[0:8], engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3]]
  isa.format @setting bits 128 [opcode[0:8] = 2, engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3], number[32:8], signed value[64:64] = value()]
  isa.format @move bits 128 [opcode[0:8], engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3], near[32:20], far[52:40], rows[92:12], columns[104:8], top[112:8], bottom[120:8]]
  isa.format @product bits 128 [opcode[0:8], engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3], c[32:20], a[52:20], b[72:20], rows[92:9], columns[101:8], depth[109:8], pitch[117:11]]
  isa.format @pair bits 128 [opcode[0:8], engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3], d[32:20], a[52:20], b[72:20], rows[92:12], columns[104:8]]
  isa.format @single bits 128 [opcode[0:8], engine[8:3] = engine(), waits[11:1], wait_for[12:5], wait_count[17:3],
    signals[20:1], signal_to[21:5], signal_count[26:3], d[32:20], a[52:20], rows[72:12], columns[84:8], value[92:32]]
  isa.semaphores 32 most 255 wait (waits, wait_for, wait_count) signal (signals, signal_to, signal_count)

  isa.control @halt on @control finishes encoded<@word, opcode = 0>

  isa.control @idle_control on @control synchronises encoded<@word, opcode = 1>
  isa.control @idle_load on @load synchronises encoded<@word, opcode = 1>
  isa.control @idle_execute on @execute synchronises encoded<@word, opcode = 1>
  isa.control @idle_vector on @vector synchronises encoded<@word, opcode = 1>
  isa.control @idle_store on @store synchronises encoded<@word, opcode = 1>

  // Configurations: an engine keeps them until they are set again

  isa.configuration @load_pitch on @load encoded<@setting, number = 0>
  isa.configuration @load_count0 on @load encoded<@setting, number = 1>
  isa.configuration @load_dst_step0 on @load encoded<@setting, number = 2>
  isa.configuration @load_src_step0 on @load encoded<@setting, number = 3>
  isa.configuration @load_count1 on @load encoded<@setting, number = 4>
  isa.configuration @load_dst_step1 on @load encoded<@setting, number = 5>
  isa.configuration @load_src_step1 on @load encoded<@setting, number = 6>
  isa.configuration @store_pitch on @store encoded<@setting, number = 7>
  isa.configuration @store_count0 on @store encoded<@setting, number = 8>
  isa.configuration @store_dst_step0 on @store encoded<@setting, number = 9>
  isa.configuration @store_src_step0 on @store encoded<@setting, number = 10>
  isa.configuration @store_count1 on @store encoded<@setting, number = 11>
  isa.configuration @store_dst_step1 on @store encoded<@setting, number = 12>
  isa.configuration @store_src_step1 on @store encoded<@setting, number = 13>
  isa.configuration @execute_count0 on @execute encoded<@setting, number = 14>
  isa.configuration @execute_c_step0 on @execute encoded<@setting, number = 15>
  isa.configuration @execute_a_step0 on @execute encoded<@setting, number = 16>
  isa.configuration @execute_b_step0 on @execute encoded<@setting, number = 17>
  isa.configuration @execute_count1 on @execute encoded<@setting, number = 18>
  isa.configuration @execute_c_step1 on @execute encoded<@setting, number = 19>
  isa.configuration @execute_a_step1 on @execute encoded<@setting, number = 20>
  isa.configuration @execute_b_step1 on @execute encoded<@setting, number = 21>
  isa.configuration @vector_d_pitch on @vector encoded<@setting, number = 22>
  isa.configuration @vector_a_pitch on @vector encoded<@setting, number = 23>
  isa.configuration @vector_b_pitch on @vector encoded<@setting, number = 24>
  isa.configuration @vector_count0 on @vector encoded<@setting, number = 25>
  isa.configuration @vector_d_step0 on @vector encoded<@setting, number = 26>
  isa.configuration @vector_a_step0 on @vector encoded<@setting, number = 27>
  isa.configuration @vector_b_step0 on @vector encoded<@setting, number = 28>
  isa.configuration @vector_count1 on @vector encoded<@setting, number = 29>
  isa.configuration @vector_d_step1 on @vector encoded<@setting, number = 30>
  isa.configuration @vector_a_step1 on @vector encoded<@setting, number = 31>
  isa.configuration @vector_b_step1 on @vector encoded<@setting, number = 32>
  isa.loops on @load counts [@load_count0, @load_count1] steps [[@load_dst_step0, @load_dst_step1], [@load_src_step0, @load_src_step1]]
  isa.loops on @store counts [@store_count0, @store_count1] steps [[@store_dst_step0, @store_dst_step1], [@store_src_step0, @store_src_step1]]
  isa.loops on @execute counts [@execute_count0, @execute_count1] steps [[@execute_c_step0, @execute_c_step1], [@execute_a_step0, @execute_a_step1], [@execute_b_step0, @execute_b_step1]]
  isa.loops on @vector counts [@vector_count0, @vector_count1] steps [[@vector_d_step0, @vector_d_step1], [@vector_a_step0, @vector_a_step1], [@vector_b_step0, @vector_b_step1]]
  isa.configuration @multiplier on @store encoded<@setting, number = 33>
  isa.configuration @shift on @store encoded<@setting, number = 34>
  isa.configuration @zero_point on @store encoded<@setting, number = 35>

  // Loads: blocks of rows; the first and last rows may be absent and read as zero

  isa.instruction @load_i8(%dst: !bytes, %src: !bytes_in_dram)
      on @load extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(1 * j, bus)>
      encoded<@move, opcode = 16, near = address(dst), far = address(src), rows = present(src, 0) - 1,
        columns = extent(j) - 1, top = low(src, 0), bottom = high(src, 0), @load_pitch = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!bytes_in_dram, !bytes)
  }
  isa.instruction @load_i32(%dst: !words, %src: !words_in_dram)
      on @load extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(4 * j, bus)>
      encoded<@move, opcode = 17, near = address(dst), far = address(src), rows = present(src, 0) - 1,
        columns = extent(j) - 1, top = low(src, 0), bottom = high(src, 0), @load_pitch = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!words_in_dram, !words)
  }
  isa.instruction @load_f32(%dst: !floats, %src: !floats_in_dram)
      on @load extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(4 * j, bus)>
      encoded<@move, opcode = 18, near = address(dst), far = address(src), rows = present(src, 0) - 1,
        columns = extent(j) - 1, top = low(src, 0), bottom = high(src, 0), @load_pitch = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!floats_in_dram, !floats)
  }

  // Loads that transpose

  isa.instruction @load_transposed_i8(%dst: !bytes, %src: !bytes_in_dram)
      on @load extents<i = 256, j = dim> cost<latency = 40, interval = j * ceildiv(1 * i, bus) + i>
      encoded<@move, opcode = 19, near = address(dst), far = address(src), rows = extent(i) - 1,
        columns = extent(j) - 1, @load_pitch = stride(src, 0)> {
    kernel.contract "ji->ij"(%src) into %dst : (!bytes_in_dram, !bytes)
  }
  isa.instruction @load_transposed_f32(%dst: !floats, %src: !floats_in_dram)
      on @load extents<i = 256, j = dim> cost<latency = 40, interval = j * ceildiv(4 * i, bus) + i>
      encoded<@move, opcode = 20, near = address(dst), far = address(src), rows = extent(i) - 1,
        columns = extent(j) - 1, @load_pitch = stride(src, 0)> {
    kernel.contract "ji->ij"(%src) into %dst : (!floats_in_dram, !floats)
  }

  // Fills

  isa.instruction @fill_i8(%d: !bytes, %value: i8)
      on @load extents<i = 4096, j = dim> cost<latency = 4, interval = i>
      encoded<@single, opcode = 21, d = address(d), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !bytes) {
    ^bb0(%old: i8):
      linalg.yield %value : i8
    }
  }
  isa.instruction @fill_i32(%d: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 4, interval = i>
      encoded<@single, opcode = 22, d = address(d), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !words) {
    ^bb0(%old: i32):
      linalg.yield %value : i32
    }
  }
  isa.instruction @fill_f32(%d: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 4, interval = i>
      encoded<@single, opcode = 23, d = address(d), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value)> {
    linalg.generic {indexing_maps = [#all], iterator_types = ["parallel", "parallel"]}
        outs(%d : !floats) {
    ^bb0(%old: f32):
      linalg.yield %value : f32
    }
  }

  // Stores; the last one scales integers to bytes: clamp(round(max(x, 0) * multiplier / 2^shift) + zero_point),
  // a half rounded away from zero, the maximum only with `relu`

  isa.instruction @store_i8(%dst: !bytes_in_dram, %src: !bytes)
      on @store extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(1 * j, bus)>
      encoded<@move, opcode = 24, near = address(src), far = address(dst), rows = extent(i) - 1,
        columns = extent(j) - 1, @store_pitch = stride(dst, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!bytes, !bytes_in_dram)
  }
  isa.instruction @store_i32(%dst: !words_in_dram, %src: !words)
      on @store extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(4 * j, bus)>
      encoded<@move, opcode = 25, near = address(src), far = address(dst), rows = extent(i) - 1,
        columns = extent(j) - 1, @store_pitch = stride(dst, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!words, !words_in_dram)
  }
  isa.instruction @store_f32(%dst: !floats_in_dram, %src: !floats)
      on @store extents<i = 4096, j = dim> cost<latency = 40, interval = i * ceildiv(4 * j, bus)>
      encoded<@move, opcode = 26, near = address(src), far = address(dst), rows = extent(i) - 1,
        columns = extent(j) - 1, @store_pitch = stride(dst, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!floats, !floats_in_dram)
  }
  isa.instruction @store_requantised_i8(%dst: !bytes_in_dram, %src: !words, %multiplier: i32, %shift: i32, %zero_point: i32, %relu: i1)
      on @store extents<i = 4096, j = dim> cost<latency = 44, interval = i * ceildiv(j, bus)>
      encoded<@move, opcode = 27, near = address(src), far = address(dst), rows = extent(i) - 1,
        columns = extent(j) - 1, top = parameter(relu), @store_pitch = stride(dst, 0),
        @multiplier = parameter(multiplier), @shift = parameter(shift), @zero_point = parameter(zero_point)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%src : !words) outs(%dst : !bytes_in_dram) {
    ^bb0(%x: i32, %old: i8):
      %none = arith.constant 0 : i32
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %least = arith.constant -128 : i64
      %most = arith.constant 127 : i64
      %positive = arith.maxsi %x, %none : i32
      %active = arith.select %relu, %positive, %x : i32
      %value = arith.extsi %active : i32 to i64
      %factor = arith.extsi %multiplier : i32 to i64
      %product = arith.muli %value, %factor : i64
      %amount = arith.extui %shift : i32 to i64
      %before = arith.subi %amount, %one : i64
      %half = arith.shli %one, %before : i64
      %negative = arith.cmpi slt, %product, %zero : i64
      %down = arith.select %negative, %one, %zero : i64
      %offset = arith.subi %half, %down : i64
      %sum = arith.addi %product, %offset : i64
      %scaled = arith.shrsi %sum, %amount : i64
      %origin = arith.extsi %zero_point : i32 to i64
      %moved = arith.addi %scaled, %origin : i64
      %above = arith.maxsi %moved, %least : i64
      %limited = arith.minsi %above, %most : i64
      %r = arith.trunci %limited : i64 to i8
      linalg.yield %r : i8
    }
  }

  // Products: the weights are held in the array, rows of the other factor stream through it; f32 takes four passes

  isa.instruction @multiply_i8(%c: !words, %a: !bytes, %b: !bytes)
      on @execute extents<i = 512, j = dim, k = dim> cost<latency = 2 * dim + 8, interval = max(i, dim) + 1>
      encoded<@product, opcode = 28, c = address(c), a = address(a), b = address(b), rows = extent(i) - 1,
        columns = extent(j) - 1, depth = extent(k) - 1, pitch = stride(a, 0)> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (!bytes, !bytes, !words)
  }
  isa.instruction @multiply_bt_i8(%c: !words, %a: !bytes, %b: !bytes)
      on @execute extents<i = 512, j = dim, k = dim> cost<latency = 2 * dim + 8, interval = max(i, dim) + 1>
      encoded<@product, opcode = 29, c = address(c), a = address(a), b = address(b), rows = extent(i) - 1,
        columns = extent(j) - 1, depth = extent(k) - 1, pitch = stride(a, 0)> {
    kernel.contract "ik,jk->ij"(%a, %b) add %c : (!bytes, !bytes, !words)
  }
  isa.instruction @multiply_f32(%c: !floats, %a: !floats, %b: !floats)
      on @execute extents<i = 512, j = dim, k = dim> cost<latency = 2 * dim + 8, interval = 4 * max(i, dim) + 1>
      encoded<@product, opcode = 30, c = address(c), a = address(a), b = address(b), rows = extent(i) - 1,
        columns = extent(j) - 1, depth = extent(k) - 1, pitch = stride(a, 0)> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (!floats, !floats, !floats)
  }
  isa.instruction @multiply_bt_f32(%c: !floats, %a: !floats, %b: !floats)
      on @execute extents<i = 512, j = dim, k = dim> cost<latency = 2 * dim + 8, interval = 4 * max(i, dim) + 1>
      encoded<@product, opcode = 31, c = address(c), a = address(a), b = address(b), rows = extent(i) - 1,
        columns = extent(j) - 1, depth = extent(k) - 1, pitch = stride(a, 0)> {
    kernel.contract "ik,jk->ij"(%a, %b) add %c : (!floats, !floats, !floats)
  }

  // Vectors of f32 and i32: element by element

  isa.instruction @add_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 32, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @sub_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 33, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.subf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @mul_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 34, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.mulf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @max_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 35, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.maximumf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @min_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 36, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.minimumf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @add_i32(%d: !words, %a: !words, %b: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 37, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !words, !words) outs(%d : !words) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.addi %x, %y : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @sub_i32(%d: !words, %a: !words, %b: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 38, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !words, !words) outs(%d : !words) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.subi %x, %y : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @mul_i32(%d: !words, %a: !words, %b: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 39, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !words, !words) outs(%d : !words) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.muli %x, %y : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @max_i32(%d: !words, %a: !words, %b: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 40, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !words, !words) outs(%d : !words) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.maxsi %x, %y : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @min_i32(%d: !words, %a: !words, %b: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 41, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !words, !words) outs(%d : !words) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.minsi %x, %y : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @div_f32(%d: !floats, %a: !floats, %b: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@pair, opcode = 42, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.divf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // With one number for all elements

  isa.instruction @add_number_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 43, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.addf %x, %value : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @mul_number_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 44, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.mulf %x, %value : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @max_number_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 45, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.maximumf %x, %value : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @min_number_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 46, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.minimumf %x, %value : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @add_number_i32(%d: !words, %a: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 47, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.addi %x, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @mul_number_i32(%d: !words, %a: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 48, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.muli %x, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @max_number_i32(%d: !words, %a: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 49, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.maxsi %x, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @min_number_i32(%d: !words, %a: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 50, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.minsi %x, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @shift_right_number_i32(%d: !words, %a: !words, %value: i32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 51, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.shrsi %x, %value : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @div_number_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 52, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.divf %x, %value : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @sub_from_f32(%d: !floats, %a: !floats, %value: f32)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 53, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1,
        value = parameter(value), @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.subf %value, %x : f32
      linalg.yield %r : f32
    }
  }

  // With one number for every row

  isa.instruction @add_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 54, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @sub_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 55, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.subf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @mul_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 56, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.mulf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @max_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 57, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.maximumf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @min_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 58, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.minimumf %x, %y : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @div_column_f32(%d: !floats, %a: !floats, %b: !column_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@pair, opcode = 59, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #column, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !column_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.divf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // Functions of one operand

  isa.instruction @exp_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 60, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = math.exp %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @tanh_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 61, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = math.tanh %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @sqrt_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 62, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = math.sqrt %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @rsqrt_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 63, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = math.rsqrt %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @abs_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 64, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %r = math.absf %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @reciprocal_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 24, interval = 2 * i>
      encoded<@single, opcode = 65, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      %one = arith.constant 1.0 : f32
      %r = arith.divf %one, %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @copy_f32(%d: !floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 66, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !floats) outs(%d : !floats) {
    ^bb0(%x: f32, %old: f32):
      linalg.yield %x : f32
    }
  }
  isa.instruction @copy_i32(%d: !words, %a: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 67, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !words) {
    ^bb0(%x: i32, %old: i32):
      linalg.yield %x : i32
    }
  }
  isa.instruction @float_of_i32(%d: !floats, %a: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 68, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !words) outs(%d : !floats) {
    ^bb0(%x: i32, %old: f32):
      %r = arith.sitofp %x : i32 to f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @widen_i8(%d: !words, %a: !bytes)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@single, opcode = 69, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a : !bytes) outs(%d : !words) {
    ^bb0(%x: i8, %old: i32):
      %r = arith.extsi %x : i8 to i32
      linalg.yield %r : i32
    }
  }

  // Products and extremes of bytes, and sums of products, along columns

  isa.instruction @multiply_row_i8(%d: !words, %a: !bytes, %b: !row_of_bytes)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 70, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !bytes, !row_of_bytes) outs(%d : !words) {
    ^bb0(%x: i8, %y: i8, %old: i32):
      %u = arith.extsi %x : i8 to i32
      %v = arith.extsi %y : i8 to i32
      %p = arith.muli %u, %v : i32
      %r = arith.addi %old, %p : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @multiply_row_f32(%d: !floats, %a: !floats, %b: !row_of_floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 71, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !floats, !row_of_floats) outs(%d : !floats) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %old, %p : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @max_i8(%d: !bytes, %a: !bytes, %b: !bytes)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 72, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !bytes, !bytes) outs(%d : !bytes) {
    ^bb0(%x: i8, %y: i8, %old: i8):
      %r = arith.maxsi %x, %y : i8
      linalg.yield %r : i8
    }
  }
  isa.instruction @min_i8(%d: !bytes, %a: !bytes, %b: !bytes)
      on @vector extents<i = 4096, j = dim> cost<latency = 8, interval = i>
      encoded<@pair, opcode = 73, d = address(d), a = address(a), b = address(b), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0), @vector_b_pitch = stride(b, 0)> {
    linalg.generic {indexing_maps = [#all, #all, #all], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : !bytes, !bytes) outs(%d : !bytes) {
    ^bb0(%x: i8, %y: i8, %old: i8):
      %r = arith.minsi %x, %y : i8
      linalg.yield %r : i8
    }
  }

  // Along the columns of a row

  isa.instruction @row_sum_f32(%d: !column_of_floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 74, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !floats) outs(%d : !column_of_floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.addf %old, %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @row_max_f32(%d: !column_of_floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 75, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !floats) outs(%d : !column_of_floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.maximumf %old, %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @row_min_f32(%d: !column_of_floats, %a: !floats)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 76, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !floats) outs(%d : !column_of_floats) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.minimumf %old, %x : f32
      linalg.yield %r : f32
    }
  }
  isa.instruction @row_sum_i32(%d: !column_of_words, %a: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 77, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !words) outs(%d : !column_of_words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.addi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @row_max_i32(%d: !column_of_words, %a: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 78, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !words) outs(%d : !column_of_words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.maxsi %old, %x : i32
      linalg.yield %r : i32
    }
  }
  isa.instruction @row_min_i32(%d: !column_of_words, %a: !words)
      on @vector extents<i = 4096, j = dim> cost<latency = 16, interval = i>
      encoded<@single, opcode = 79, d = address(d), a = address(a), rows = extent(i) - 1, columns = extent(j) - 1, @vector_d_pitch = stride(d, 0), @vector_a_pitch = stride(a, 0)> {
    linalg.generic {indexing_maps = [#all, #column], iterator_types = ["parallel", "reduction"]}
        ins(%a : !words) outs(%d : !column_of_words) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.minsi %old, %x : i32
      linalg.yield %r : i32
    }
  }
}
