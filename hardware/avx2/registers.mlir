// AVX2: the registers and units that its instructions share
//
// Names of registers say how they are used, not where they are: a @half or an @xmm is the lower part
// of a @ymm, a @pair two of them, so that 8 lanes of 8, 16, 32 or 64 bits are one register each.
// A mask is a register of ones and zeros as wide as what it was compared from: @mask 32, @mask4 64
// bits for each truth.

isa.target @avx2_registers attributes {
    features = ["avx2", "fma"],
    c.headers = ["immintrin.h", "string.h"],
    c.flags = ["-mavx2", "-mfma"]} {

  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 49152, bandwidth = 64>,
    #isa.level<"L2", bytes = 2097152, bandwidth = 48>,
    #isa.level<"L3", bytes = 33554432, bandwidth = 28>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 10>]}

  isa.memory @ymm register {count = 16 : i64, bytes = 32 : i64, c.types = {
    f32 = "__m256", f64 = "__m256d", i8 = "__m256i", i16 = "__m256i", i32 = "__m256i", i64 = "__m256i"}}
  isa.memory @xmm register {count = 16 : i64, bytes = 16 : i64, c.types = {
    bf16 = "__m128i", i8 = "__m128i", i16 = "__m128i"}}
  isa.memory @half register {count = 16 : i64, bytes = 8 : i64, c.types = {i8 = "__m128i"}}
  isa.memory @pair register {count = 8 : i64, bytes = 64 : i64, c.types = {
    f64 = "struct { __m256d low, high; }", i64 = "struct { __m256i low, high; }"}}
  isa.memory @mask register {count = 16 : i64, bytes = 8 : i64, c.types = {i1 = "__m256i"}}
  isa.memory @mask4 register {count = 16 : i64, bytes = 4 : i64, c.types = {i1 = "__m256i"}}

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
