// AVX-512 with BF16: dot products of two bf16 per lane, summed in f32, two per cycle
//
// vdpbf16ps reads denormal numbers as zero and gives zero for denormal results, whatever the modes;
// it rounds every product and every sum to nearest. A sum of n products is thus within the bound of
// any order of f32 operations plus 2^-126 for each, if no operand is denormal.

isa.target @avx512_bf16 attributes {
    summary = "x86-64 with AVX-512 and brain floats",
    features = ["avx512_bf16"],
    c.flags = ["-mavx512bf16"]} {
  isa.include "avx512"

  isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64, c.types = {
    f32 = "__m512", f64 = "__m512d", bf16 = "__m512i",
    i8 = "__m512i", i16 = "__m512i", i32 = "__m512i", i64 = "__m512i"}}

  // 32 x bf16: moves; 2 elements that are summed together lie side by side

  isa.instruction @loadu_pbh(%dst: memref<32xbf16, @zmm>, %src: memref<32xbf16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : memref<32xbf16, @mem>) outs(%dst : memref<32xbf16, @zmm>)
  }

  isa.instruction @storeu_pbh(%dst: memref<32xbf16, @mem>, %src: memref<32xbf16, @zmm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : memref<32xbf16, @zmm>) outs(%dst : memref<32xbf16, @mem>)
  }

  isa.instruction @maskz_loadu_pbh(%dst: memref<32xbf16, @zmm>, %src: memref<?xbf16, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi16((__mmask32)((1ull << ({src.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xbf16, @mem>, memref<32xbf16, @zmm>)
  }

  isa.instruction @mask_storeu_pbh(%dst: memref<?xbf16, @mem>, %src: memref<32xbf16, @zmm>)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi16({dst}, (__mmask32)((1ull << ({dst.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<32xbf16, @zmm>, memref<?xbf16, @mem>)
  }

  isa.instruction @setzero_pbh(%dst: memref<32xbf16, @zmm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0.0 : bf16
    linalg.fill ins(%zero : bf16) outs(%dst : memref<32xbf16, @zmm>)
  }

  // One group for all lanes
  isa.instruction @set1_pbh_x2(%dst: memref<16x2xbf16, @zmm>, %src: memref<2xbf16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<2xbf16, @mem>, memref<16x2xbf16, @zmm>)
  }

  isa.instruction @maskz_set1_pbh_x2(%dst: memref<16x2xbf16, @zmm>, %src: memref<?xbf16, @mem>)
      on @load cost<latency = 12, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_maskz_loadu_epi16((__mmask8)((1u << ({src.size0})) - 1u), {src}));" {
    kernel.contract "k->ik"(%src) into %dst {guarded} : (memref<?xbf16, @mem>, memref<16x2xbf16, @zmm>)
  }

  // One group per row: a matrix whose rows are the lanes
  isa.instruction @gather_pbh_x2(%dst: memref<16x2xbf16, @zmm>, %src: memref<16x2xbf16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 26, interval = 16>
      c "{dst} = _mm512_i32gather_epi32(_mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int32_t)({src.stride0}))), {src}, 2);" {
    linalg.copy ins(%src : memref<16x2xbf16, strided<[?, 1]>, @mem>) outs(%dst : memref<16x2xbf16, @zmm>)
  }

  // 2 rows, interleaved: a matrix whose columns are the lanes
  isa.instruction @loadt_pbh_x2(%dst: memref<16x2xbf16, @zmm>, %src: memref<2x16xbf16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(({src})))), _mm256_loadu_si256((const __m256i *)(({src}) + 1 * ({src.stride0}))), 1));" {
    kernel.contract "ki->ik"(%src) into %dst : (memref<2x16xbf16, strided<[?, 1]>, @mem>, memref<16x2xbf16, @zmm>)
  }

  isa.instruction @maskz_loadt_pbh_x2_rows(%dst: memref<16x2xbf16, @zmm>, %src: memref<?x16xbf16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512((({src.size0}) > 0 ? _mm256_loadu_si256((const __m256i *)(({src}))) : _mm256_setzero_si256())), (({src.size0}) > 1 ? _mm256_loadu_si256((const __m256i *)(({src}) + 1 * ({src.stride0}))) : _mm256_setzero_si256()), 1));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<?x16xbf16, strided<[?, 1]>, @mem>, memref<16x2xbf16, @zmm>)
  }

  isa.instruction @maskz_loadt_pbh_x2_columns(%dst: memref<16x2xbf16, @zmm>, %src: memref<2x?xbf16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 13, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size1})) - 1u), ({src}))), _mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size1})) - 1u), ({src}) + 1 * ({src.stride0})), 1));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<2x?xbf16, strided<[?, 1]>, @mem>, memref<16x2xbf16, @zmm>)
  }

  isa.instruction @dpbf16_ps(%acc: memref<16xf32, @zmm>, %a: memref<16x2xbf16, @zmm>, %b: memref<16x2xbf16, @zmm>)
      on @fma cost<latency = 6, interval = 1>
      c "__asm__(\"vdpbf16ps %2, %1, %0\" : \"+v\"({acc}) : \"v\"({a}), \"v\"({b}));" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc : (memref<16x2xbf16, @zmm>, memref<16x2xbf16, @zmm>, memref<16xf32, @zmm>)
  }
}
