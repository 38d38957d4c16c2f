// RUN: not isa-opt --check-target %s | filecheck %s

isa.target @unreachable {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 1024, bandwidth = 64>]}
  isa.memory @pad scratchpad {bytes = 4096 : i64}
  isa.unit @alu
  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>
}
// CHECK: isa_check_target.mlir:3:1: warning: memory @pad is unreachable: no instruction moves anything into it

isa.target @undelivered {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 1024, bandwidth = 64>]}
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64}
  isa.unit @alu
  isa.instruction @load(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
  isa.instruction @store(%dst: memref<2xf64, @mem>, %src: memref<2xf64, @vec>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.copy ins(%src : memref<2xf64, @vec>) outs(%dst : memref<2xf64, @mem>)
  }
  isa.instruction @fma(%acc: memref<2xf64, @vec>, %a: memref<2xf64, @vec>, %b: memref<2xf64, @vec>)
      on @alu cost<latency = 4, interval = 1> {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<2xf64, @vec>, memref<2xf64, @vec>, memref<2xf64, @vec>)
  }
}
// CHECK-NEXT: {{.*}}: warning: operand %src of @store cannot be delivered: no instruction puts f64 in @vec
// CHECK-NEXT: {{.*}}: warning: operand %a of @fma cannot be delivered: no instruction puts f64 in @vec
// CHECK-NEXT: {{.*}}: warning: operand %b of @fma cannot be delivered: no instruction puts f64 in @vec
// CHECK-NEXT: {{.*}}: warning: operand %acc of @fma cannot be delivered: no instruction puts f64 in @vec
// CHECK-NEXT: {{.*}}: warning: the result of @load cannot be brought back: no instruction takes f32 in @vec to cached memory

isa.target @useless {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 1024, bandwidth = 64>]}
  isa.unit @alu
  // The last iteration wins: no kernel says that.
  isa.instruction @last(%dst: memref<f32, @mem>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
        ins(%src : memref<4xf32, @mem>) outs(%dst : memref<f32, @mem>) {
    ^bb0(%x: f32, %old: f32):
      linalg.yield %x : f32
    }
  }
}
// CHECK-NEXT: {{.*}}: warning: @last can never be used: axis d0 does not index

isa.target @uncovered {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f64 = "__m128d"}}
  isa.unit @alu
  isa.unit @spare
  isa.instruction @load(%dst: memref<2xf64, @vec>, %src: memref<2xf64, @mem>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.copy ins(%src : memref<2xf64, @mem>) outs(%dst : memref<2xf64, @vec>)
  }
  isa.instruction @store(%dst: memref<2xf64, @mem>, %src: memref<2xf64, @vec>)
      on @alu cost<latency = 4, interval = 1> {
    linalg.copy ins(%src : memref<2xf64, @vec>) outs(%dst : memref<2xf64, @mem>)
  }
}
// CHECK-NEXT: {{.*}}: warning: no instruction computes with f64 in @vec, which declares it
// CHECK-NEXT: {{.*}}: warning: unit @spare is never used
// CHECK-NEXT: {{.*}}: warning: memory @mem has neither levels nor a bandwidth

isa.target @homeless {
}
// CHECK-NEXT: {{.*}}: warning: there is no cached memory, in which arguments and results could live
// CHECK-NEXT: {{.*}}: warning: the machine has no instructions
