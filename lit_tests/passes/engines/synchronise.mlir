// RUN: isa-opt %s -p synchronise | filecheck %s
// RUN: isa-opt %s -p synchronise,synchronise | filecheck %s

isa.import @npu from "npu"

!tile = memref<16x16xi8, @spad>
!words = memref<16x16xi32, @acc>

// The product waits for both loads: one word can wait for one engine, so another one waits for the other.
// The second load of %b must not overtake the product. The end follows everything, of which the store knows.
// CHECK-LABEL: func.func @product
// CHECK:         isa.invoke @npu::@load_i8(%s, %a) on "load.0" signals ["execute"]
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%t, %b) on "load.1" signals ["execute"]
// CHECK-NEXT:    isa.issue @npu::@idle_execute on "execute" waits ["load.0"]
// CHECK-NEXT:    isa.invoke @npu::@multiply_i8(%u, %s, %t) on "execute" waits ["load.1"] signals ["load.1"]
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%t, %b) on "load.1" waits ["execute"] signals ["execute"]
// CHECK-NEXT:    isa.invoke @npu::@multiply_i8(%u, %s, %t) on "execute" waits ["load.1"] signals ["store"]
// CHECK-NEXT:    isa.invoke @npu::@store_i32(%c, %u) on "store" waits ["execute"] signals ["control"]
// CHECK-NEXT:    isa.issue @npu::@halt on "control" waits ["store"]
// CHECK-NEXT:    return
func.func @product(%a: memref<16x16xi8, @dram>, %b: memref<16x16xi8, @dram>, %c: memref<16x16xi32, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 16 : i64} : !tile
  %u = memref.alloc() {isa.address = 0 : i64} : !words
  isa.invoke @npu::@load_i8(%s, %a) on "load.0" : !tile, memref<16x16xi8, @dram>
  isa.invoke @npu::@load_i8(%t, %b) on "load.1" : !tile, memref<16x16xi8, @dram>
  isa.invoke @npu::@multiply_i8(%u, %s, %t) on "execute" : !words, !tile, !tile
  isa.invoke @npu::@load_i8(%t, %b) on "load.1" : !tile, memref<16x16xi8, @dram>
  isa.invoke @npu::@multiply_i8(%u, %s, %t) on "execute" : !words, !tile, !tile
  isa.invoke @npu::@store_i32(%c, %u) on "store" : memref<16x16xi32, @dram>, !words
  func.return
}

// A word that sets a configuration waits as well. Both buffers have the same rows, so the second load
// waits for the store of the first; the last store is what the end waits for.
// CHECK-LABEL: func.func @again
// CHECK:         isa.invoke @npu::@load_i8(%s, %a) on "load.0" signals ["store"]
// CHECK-NEXT:    isa.invoke @npu::@store_i8(%b, %s) on "store" waits ["load.0"] signals ["load.0"]
// CHECK-NEXT:    isa.set @npu::@load_pitch to 16 on "load.0"
// CHECK-NEXT:    isa.invoke @npu::@load_i8(%t, %a) on "load.0" waits ["store"] signals ["store"]
// CHECK-NEXT:    isa.invoke @npu::@store_i8(%b, %t) on "store" waits ["load.0"] signals ["control"]
// CHECK-NEXT:    isa.issue @npu::@halt on "control" waits ["store"]
func.func @again(%a: memref<16x16xi8, @dram>, %b: memref<16x16xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : !tile
  %t = memref.alloc() {isa.address = 8 : i64} : !tile
  isa.invoke @npu::@load_i8(%s, %a) on "load.0" : !tile, memref<16x16xi8, @dram>
  isa.invoke @npu::@store_i8(%b, %s) on "store" : memref<16x16xi8, @dram>, !tile
  isa.set @npu::@load_pitch to 16 on "load.0"
  isa.invoke @npu::@load_i8(%t, %a) on "load.0" : !tile, memref<16x16xi8, @dram>
  isa.invoke @npu::@store_i8(%b, %t) on "store" : memref<16x16xi8, @dram>, !tile
  func.return
}

isa.target @line {
  isa.memory @dram cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 4 : i64}
  isa.unit @load {queue = 4 : i64}
  isa.unit @work {queue = 4 : i64}
  isa.unit @store {queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], take_before[4:1], take_behind[5:1], give_before[6:1], give_behind[7:1], at[8:16], of[24:40]]
  isa.tokens @load to @work signal give_behind wait take_before
  isa.tokens @work to @load signal give_before wait take_behind
  isa.tokens @work to @store signal give_behind wait take_before
  isa.tokens @store to @work signal give_before wait take_behind
  isa.control @idle on @work synchronises encoded<@word, opcode = 0>
  isa.control @halt on @work finishes encoded<@word, opcode = 1>
  isa.instruction @fetch(%d: memref<4x4xi8, @spad>, %s: memref<4x4xi8, @dram>) on @load
      cost<latency = 4, interval = 4> encoded<@word, opcode = 2, at = address(d), of = address(s)> {
    linalg.copy ins(%s : memref<4x4xi8, @dram>) outs(%d : memref<4x4xi8, @spad>)
  }
  isa.instruction @put(%d: memref<4x4xi8, @dram>, %s: memref<4x4xi8, @spad>) on @store
      cost<latency = 4, interval = 4> encoded<@word, opcode = 3, at = address(s), of = address(d)> {
    linalg.copy ins(%s : memref<4x4xi8, @spad>) outs(%d : memref<4x4xi8, @dram>)
  }
}

// There is no way from loads to stores but by the engine between them.
// CHECK-LABEL: func.func @passed_on
// CHECK:         isa.invoke @line::@fetch(%s, %a) signals ["work"]
// CHECK-NEXT:    isa.issue @line::@idle on "work" waits ["load"] signals ["store"]
// CHECK-NEXT:    isa.invoke @line::@put(%b, %s) waits ["work"] signals ["work"]
// CHECK-NEXT:    isa.issue @line::@idle on "work" waits ["store"] signals ["load"]
// CHECK-NEXT:    isa.invoke @line::@fetch(%s, %b) waits ["work"] signals ["work"]
// CHECK-NEXT:    isa.issue @line::@halt on "work" waits ["load"]
func.func @passed_on(%a: memref<4x4xi8, @dram>, %b: memref<4x4xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : memref<4x4xi8, @spad>
  isa.invoke @line::@fetch(%s, %a) : memref<4x4xi8, @spad>, memref<4x4xi8, @dram>
  isa.invoke @line::@put(%b, %s) : memref<4x4xi8, @dram>, memref<4x4xi8, @spad>
  isa.invoke @line::@fetch(%s, %b) : memref<4x4xi8, @spad>, memref<4x4xi8, @dram>
  func.return
}
