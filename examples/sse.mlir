// SSE: a whole machine in 30 lines, to copy and change
isa.target @sse attributes {summary = "x86 with vectors of four floats", features = ["sse"],
    c.headers = ["immintrin.h"], c.flags = ["-msse"]} {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 32768, bandwidth = 32>,
                                    #isa.level<"L2", bytes = 262144, bandwidth = 16>]}
  isa.memory @xmm register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @vector {count = 2 : i64}
  isa.unit @memory {count = 1 : i64}

  isa.instruction @load(%to: memref<4xf32, @xmm>, %from: memref<4xf32, @mem>) on @memory
      cost<latency = 5, interval = 1> c "{to} = _mm_loadu_ps({from});" {
    kernel.contract "i->i"(%from) into %to : (memref<4xf32, @mem>, memref<4xf32, @xmm>)
  }
  isa.instruction @store(%to: memref<4xf32, @mem>, %from: memref<4xf32, @xmm>) on @memory
      cost<latency = 1, interval = 1> c "_mm_storeu_ps({to}, {from});" {
    kernel.contract "i->i"(%from) into %to : (memref<4xf32, @xmm>, memref<4xf32, @mem>)
  }
  isa.instruction @repeat(%to: memref<4xf32, @xmm>, %from: memref<f32, @mem>) on @memory
      cost<latency = 5, interval = 1> c "{to} = _mm_set1_ps(*{from});" {
    kernel.contract "->i"(%from) into %to : (memref<f32, @mem>, memref<4xf32, @xmm>)
  }
  isa.instruction @multiply_add(%sum: memref<4xf32, @xmm>, %a: memref<4xf32, @xmm>, %b: memref<4xf32, @xmm>) on @vector
      cost<latency = 8, interval = 1> c "{sum} = _mm_add_ps({sum}, _mm_mul_ps({a}, {b}));" {
    kernel.contract "i,i->i"(%a, %b) add %sum : (memref<4xf32, @xmm>, memref<4xf32, @xmm>, memref<4xf32, @xmm>)
  }
}
