// AVX-512 with VNNI and BF16: what server cores of recent years offer

isa.target @avx512_server attributes {
    summary = "x86-64 with AVX-512, vector neural network instructions and brain floats"} {
  isa.include "avx512_vnni"
  isa.include "avx512_bf16"

  isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {
    f32 = "__m512", f64 = "__m512d", bf16 = "__m512i",
    i8 = "__m512i", i16 = "__m512i", i32 = "__m512i", i64 = "__m512i"}}
}
