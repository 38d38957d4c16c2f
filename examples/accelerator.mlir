// An accelerator in one file, and a layer that runs on it. Copy it, make it 8x8, and run it again:
//     isa-run examples/accelerator.mlir --target tiny --check --bench

// Rows of bytes and of sums, near and far: `?` is any extent, and any distance of rows; columns are neighbours.
!bytes = memref<?x?xi8, strided<[?, 1]>, @pad>
!sums = memref<?x?xi32, strided<[?, 1]>, @acc>
!far_bytes = memref<?x?xi8, strided<[?, 1]>, @dram>
!far_sums = memref<?x?xi32, strided<[?, 1]>, @dram>

isa.target @tiny attributes {dim = 4 : i64} {
  isa.memory @dram cached {bandwidth = 4 : i64}      // arguments lie here; addresses count bytes, in the others rows
  isa.memory @pad scratchpad {bytes = #isa.number<256 * dim>, row = #isa.number<dim>}
  isa.memory @acc scratchpad {bytes = #isa.number<512 * dim>, row = #isa.number<4 * dim>}
  isa.unit @dma {queue = 4 : i64, number = 0 : i64}  // engines take instructions in order, and run beside each other
  isa.unit @array {queue = 4 : i64, number = 1 : i64}
  isa.unit @vector {queue = 4 : i64, number = 2 : i64}
  // The bits of a word: name[first:count]. It may wait for a semaphore before its work, and signal one after.
  isa.format @word bits 128 [opcode[0:4], engine[4:2] = engine(), waits[6:1], wait_for[7:4], wait_count[11:3],
    signals[14:1], signal_to[15:4], signal_count[19:3], near[22:10], a[32:10], b[42:10], rows[52:7], columns[59:4],
    depth[63:4], signed far[68:32], pitch[100:28]]
  isa.semaphores 16 most 7 wait (waits, wait_for, wait_count) signal (signals, signal_to, signal_count)
  isa.control @halt on @array finishes encoded<@word, opcode = 0>
  isa.control @idle_dma on @dma synchronises encoded<@word, opcode = 1>
  isa.control @idle_array on @array synchronises encoded<@word, opcode = 1>
  isa.control @idle_vector on @vector synchronises encoded<@word, opcode = 1>
  // An instruction: its operands, how much it does at most, what that costs, its bits, and what it computes.
  isa.instruction @load(%dst: !bytes, %src: !far_bytes) on @dma extents<i = 64, j = dim> cost<latency = 20, interval = i>
      encoded<@word, opcode = 2, near = address(dst), far = address(src), rows = extent(i), columns = extent(j), pitch = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!far_bytes, !bytes) }
  isa.instruction @load_sums(%dst: !sums, %src: !far_sums) on @dma extents<i = 64, j = dim> cost<latency = 20, interval = 4 * i>
      encoded<@word, opcode = 3, near = address(dst), far = address(src), rows = extent(i), columns = extent(j), pitch = stride(src, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!far_sums, !sums) }
  isa.instruction @store(%dst: !far_sums, %src: !sums) on @dma extents<i = 64, j = dim> cost<latency = 20, interval = 4 * i>
      encoded<@word, opcode = 4, near = address(src), far = address(dst), rows = extent(i), columns = extent(j), pitch = stride(dst, 0)> {
    kernel.contract "ij->ij"(%src) into %dst : (!sums, !far_sums) }
  isa.instruction @multiply(%c: !sums, %a: !bytes, %b: !bytes) on @array extents<i = 64, j = dim, k = dim> cost<latency = 8, interval = i>
      encoded<@word, opcode = 5, near = address(c), a = address(a), b = address(b), rows = extent(i), columns = extent(j), depth = extent(k)> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (!bytes, !bytes, !sums) }
  isa.instruction @fill(%c: !sums, %value: i32) on @vector extents<i = 64, j = dim> cost<latency = 2, interval = i>
      encoded<@word, opcode = 6, near = address(c), rows = extent(i), columns = extent(j), far = parameter(value)> {
    linalg.fill ins(%value : i32) outs(%c : !sums) }
  isa.instruction @max(%c: !sums, %x: !sums, %least: i32) on @vector extents<i = 64, j = dim> cost<latency = 2, interval = i>
      encoded<@word, opcode = 7, near = address(c), a = address(x), rows = extent(i), columns = extent(j), far = parameter(least)> {
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]} ins(%x : !sums) outs(%c : !sums) {
    ^bb0(%v: i32, %old: i32):
      %r = arith.maxsi %v, %least : i32
      linalg.yield %r : i32 } }
}

func.func @layer(%x: tensor<30x21xi8>, %w: tensor<21x13xi8>, %bias: tensor<13xi32>) -> tensor<30x13xi32> {
  %y = kernel.matmul %x, %w bias %bias {activation = "relu"} : tensor<30x21xi8>, tensor<21x13xi8>, tensor<13xi32> -> tensor<30x13xi32>
  func.return %y : tensor<30x13xi32>
}
