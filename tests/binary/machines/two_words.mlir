// Instructions of several words of different sizes, one of which keeps its weights; the hardware resolves hazards
isa.target @two_words attributes {dim = 4 : i64} {
  isa.memory @dram cached {bandwidth = 8 : i64}
  isa.memory @pad scratchpad {bytes = 4096 : i64, row = #isa.number<dim>}
  isa.memory @acc scratchpad {bytes = 4096 : i64, row = #isa.number<4 * dim>}
  isa.unit @core {queue = 4 : i64}
  isa.format @command bits 32 [major[0:7] = 123, function[25:7]]
  isa.format @place bits 64 [row[0:30], memory[30:2], columns[32:16], rows[48:16]]
  isa.format @number bits 64 [value[0:64]]
  isa.configuration @pitch on @core encoded<@command, function = 0 then @number, value = value()>
  isa.configuration @scale on @core encoded<@command, function = 1 then @number, value = value()>
  isa.control @fence on @core finishes encoded<@command, function = 2>
  isa.instruction @move_in(%dst: memref<?x?xi8, strided<[?, 1]>, @pad>, %src: memref<?x?xi8, strided<[?, 1]>, @dram>)
      on @core extents<i = dim, j = 4 * dim> cost<latency = 4, interval = i>
      encoded<@command, function = 3 then @number, value = address(src)
        then @place, row = address(dst), columns = extent(j), rows = extent(i), @pitch = stride(src, 0) + 8> {
    kernel.contract "ij->ij"(%src) into %dst
      : (memref<?x?xi8, strided<[?, 1]>, @dram>, memref<?x?xi8, strided<[?, 1]>, @pad>)
  }
  isa.instruction @move_out(%dst: memref<?x?xi32, strided<[?, 1]>, @dram>, %src: memref<?x?xi32, strided<[?, 1]>, @acc>, %scale: f32, %signed: i1)
      on @core extents<i = dim, j = dim> cost<latency = 4, interval = i>
      encoded<@command, function = 4 then @number, value = address(dst)
        then @place, row = address(src), columns = extent(j), rows = extent(i), memory = parameter(signed),
        @pitch = stride(dst, 0), @scale = parameter(scale)> {
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
        ins(%src : memref<?x?xi32, strided<[?, 1]>, @acc>) outs(%dst : memref<?x?xi32, strided<[?, 1]>, @dram>) {
    ^bb0(%x: i32, %old: i32):
      %f = arith.sitofp %x : i32 to f32
      %g = arith.mulf %f, %scale : f32
      %y = arith.fptosi %g : f32 to i32
      %z = arith.select %signed, %y, %x : i32
      linalg.yield %z : i32
    }
  }
  isa.instruction @multiply(%c: memref<?x?xi32, strided<[?, 1]>, @acc>, %a: memref<?x?xi8, strided<[?, 1]>, @pad>, %b: memref<?x?xi8, strided<[?, 1]>, @pad>)
      on @core extents<i = dim, j = dim, k = dim> cost<latency = 4, interval = i>
      encoded<@command, function = 5 then @place, row = address(a), columns = extent(k), rows = extent(i)
        then @place, row = address(b), columns = extent(j) then @place, row = address(c), memory = 3>
      keeping b encoded<@command, function = 6 then @place, row = address(a), columns = extent(k), rows = extent(i)
        then @place, row = address(c), columns = extent(j), memory = 3> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c
      : (memref<?x?xi8, strided<[?, 1]>, @pad>, memref<?x?xi8, strided<[?, 1]>, @pad>, memref<?x?xi32, strided<[?, 1]>, @acc>)
  }
}
