// AVX-512: the registers and units that its instructions share
//
// Names of registers say how they are used, not where they are: an @xmm or a @ymm is the lower part
// of a @zmm, a @pair two of them, so that 16 lanes of 8, 16, 32 or 64 bits are one register each.
// Masks are counted in elements: one bit each, whatever the description of a type says.

isa.target @avx512_registers attributes {
    features = ["avx512f", "avx512dq", "avx512bw", "avx512vl"],
    c.headers = ["immintrin.h"],
    c.flags = ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl"]} {

  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 32768, bandwidth = 128>,
    #isa.level<"L2", bytes = 1048576, bandwidth = 56>,
    #isa.level<"L3", bytes = 33554432, bandwidth = 28>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 10>]}

  isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {
    f32 = "__m512", f64 = "__m512d", i8 = "__m512i", i16 = "__m512i", i32 = "__m512i", i64 = "__m512i"}}
  isa.memory @ymm register {count = 32 : i64, bytes = 32 : i64, c.types = {
    bf16 = "__m256i", i8 = "__m256i", i16 = "__m256i"}}
  isa.memory @xmm register {count = 32 : i64, bytes = 16 : i64, c.types = {i8 = "__m128i"}}
  isa.memory @pair register {count = 16 : i64, bytes = 128 : i64, c.types = {
    f64 = "struct { __m512d low, high; }", i64 = "struct { __m512i low, high; }"}}
  isa.memory @mask register {count = 7 : i64, bytes = 16 : i64, c.types = {i1 = "__mmask16"}}
  isa.memory @mask8 register {count = 7 : i64, bytes = 8 : i64, c.types = {i1 = "__mmask8"}}

  // Products and fused products; sums of floats and conversions; shifts, shuffles and comparisons;
  // integer sums and logic; what costs nothing but its place among the instructions.
  isa.unit @fma {count = 2 : i64}
  isa.unit @add {count = 2 : i64}
  isa.unit @shuffle {count = 2 : i64}
  isa.unit @alu {count = 4 : i64}
  isa.unit @rename {count = 8 : i64}
  isa.unit @load {count = 2 : i64}
  isa.unit @store {count = 1 : i64}

  // Anything else: the C compiler evaluates it, one element at a time.
  isa.scalar @expression in @mem on @fma cost<latency = 4, interval = 1>
}
