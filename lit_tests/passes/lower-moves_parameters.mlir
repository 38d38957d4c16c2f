// A register is set to a number by an instruction that takes it as a parameter.
// RUN: isa-opt %s -p "lower-moves{target=quad}" | filecheck %s
// RUN: isa-opt %s -p "lower-moves{target=quad}" -t c | filecheck %s --check-prefix=C

isa.target @quad {
  isa.memory @mem cached
  isa.memory @v register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu {count = 1 : i64}
  isa.instruction @set(%dst: memref<4xf32, @v>, %value: f32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm_set1_ps({value});" {
    linalg.fill ins(%value : f32) outs(%dst : memref<4xf32, @v>)
  }
  isa.instruction @store(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @v>)
      on @alu cost<latency = 1, interval = 1> c "_mm_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : memref<4xf32, @v>) outs(%dst : memref<4xf32, @mem>)
  }
}

// CHECK: isa.invoke @quad::@set(%r) with {value = -0.000000e+00 : f32} : memref<4xf32, @v>
// C: r = _mm_set1_ps(-0.0f);
func.func @zeros(%y: memref<4xf32>) {
  %zero = arith.constant -0.0 : f32
  %r = memref.alloc() : memref<4xf32, @v>
  linalg.fill ins(%zero : f32) outs(%r : memref<4xf32, @v>)
  isa.move %r to %y : memref<4xf32, @v> to memref<4xf32>
  func.return
}
