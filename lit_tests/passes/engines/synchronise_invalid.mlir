// RUN: isa-opt --split-input-file --verify-diagnostics %s -p synchronise | filecheck %s

// Engines that cannot signal each other.
// CHECK: error: @apart has no way to signal from engine 'load' to 'store'
isa.target @apart {
  isa.memory @dram cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 4 : i64}
  isa.unit @load {queue = 4 : i64}
  isa.unit @store {queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], take[4:1], give[5:1], at[8:16], of[24:40]]
  isa.tokens @store to @load signal give wait take
  isa.instruction @fetch(%d: memref<4x4xi8, @spad>, %s: memref<4x4xi8, @dram>) on @load
      cost<latency = 4, interval = 4> encoded<@word, opcode = 2, at = address(d), of = address(s)> {
    linalg.copy ins(%s : memref<4x4xi8, @dram>) outs(%d : memref<4x4xi8, @spad>)
  }
  isa.instruction @put(%d: memref<4x4xi8, @dram>, %s: memref<4x4xi8, @spad>) on @store
      cost<latency = 4, interval = 4> encoded<@word, opcode = 3, at = address(s), of = address(d)> {
    linalg.copy ins(%s : memref<4x4xi8, @spad>) outs(%d : memref<4x4xi8, @dram>)
  }
}
func.func @f(%a: memref<4x4xi8, @dram>, %b: memref<4x4xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : memref<4x4xi8, @spad>
  isa.invoke @apart::@fetch(%s, %a) : memref<4x4xi8, @spad>, memref<4x4xi8, @dram>
  isa.invoke @apart::@put(%b, %s) : memref<4x4xi8, @dram>, memref<4x4xi8, @spad>
  func.return
}

// -----

// The engine between two others has no instruction that passes a signal on.
// CHECK: error: engine 'work' of @silent has no instruction that only waits and signals
isa.target @silent {
  isa.memory @dram cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 4 : i64}
  isa.unit @load {queue = 4 : i64}
  isa.unit @work {queue = 4 : i64}
  isa.unit @store {queue = 4 : i64}
  isa.format @word bits 64 [opcode[0:4], take[4:1], give[5:1], at[8:16], of[24:40]]
  isa.tokens @load to @work signal give wait take
  isa.tokens @work to @store signal give wait take
  isa.instruction @fetch(%d: memref<4x4xi8, @spad>, %s: memref<4x4xi8, @dram>) on @load
      cost<latency = 4, interval = 4> encoded<@word, opcode = 2, at = address(d), of = address(s)> {
    linalg.copy ins(%s : memref<4x4xi8, @dram>) outs(%d : memref<4x4xi8, @spad>)
  }
  isa.instruction @put(%d: memref<4x4xi8, @dram>, %s: memref<4x4xi8, @spad>) on @store
      cost<latency = 4, interval = 4> encoded<@word, opcode = 3, at = address(s), of = address(d)> {
    linalg.copy ins(%s : memref<4x4xi8, @spad>) outs(%d : memref<4x4xi8, @dram>)
  }
}
func.func @f(%a: memref<4x4xi8, @dram>, %b: memref<4x4xi8, @dram>) {
  %s = memref.alloc() {isa.address = 0 : i64} : memref<4x4xi8, @spad>
  isa.invoke @silent::@fetch(%s, %a) : memref<4x4xi8, @spad>, memref<4x4xi8, @dram>
  isa.invoke @silent::@put(%b, %s) : memref<4x4xi8, @dram>, memref<4x4xi8, @spad>
  func.return
}
