// AVX-512: moves of 8, 16, 64 bits in 16 lanes, and of masks: all lanes, the first few, one repeated, a number

!i16x16 = memref<16xi16, @ymm>
!i16x16_mem = memref<16xi16, @mem>
!i16s = memref<?xi16, @mem>
!i16_mem = memref<i16, @mem>
!i8x32 = memref<32xi8, @ymm>
!i8x32_mem = memref<32xi8, @mem>
!i8s = memref<?xi8, @mem>
!i8_mem = memref<i8, @mem>
!i8x16 = memref<16xi8, @xmm>
!i8x16_mem = memref<16xi8, @mem>
!bf16x16 = memref<16xbf16, @ymm>
!bf16x16_mem = memref<16xbf16, @mem>
!bf16s = memref<?xbf16, @mem>
!bf16_mem = memref<bf16, @mem>
!i64x16 = memref<16xi64, @pair>
!i64x16_mem = memref<16xi64, @mem>
!i64s = memref<?xi64, @mem>
!i64_mem = memref<i64, @mem>
!f64x16 = memref<16xf64, @pair>
!f64x16_mem = memref<16xf64, @mem>
!f64s = memref<?xf64, @mem>
!f64_mem = memref<f64, @mem>
!i1x16 = memref<16xi1, @mask>
!i1x16_mem = memref<16xi1, @mem>
!i1x8 = memref<8xi1, @mask8>
!i1x8_mem = memref<8xi1, @mem>

isa.target @avx512_moves_16 {
  isa.include "registers.mlir"

  // 16 x i16, in @ymm

  isa.instruction @loadu_epi16_16(%dst: !i16x16, %src: !i16x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i16x16_mem) outs(%dst : !i16x16)
  }

  isa.instruction @storeu_epi16_16(%dst: !i16x16_mem, %src: !i16x16)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i16x16) outs(%dst : !i16x16_mem)
  }

  isa.instruction @maskz_loadu_epi16_16(%dst: !i16x16, %src: !i16s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16s, !i16x16)
  }

  isa.instruction @mask_storeu_epi16_16(%dst: !i16s, %src: !i16x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm256_mask_storeu_epi16({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16x16, !i16s)
  }

  isa.instruction @set1_epi16_16(%dst: !i16x16, %src: !i16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i16_mem, !i16x16)
  }

  isa.instruction @setzero_epi16_16(%dst: !i16x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i16
    linalg.fill ins(%zero : i16) outs(%dst : !i16x16)
  }

  isa.instruction @fill_epi16_16(%dst: !i16x16, %value: i16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16({value});" {
    linalg.fill ins(%value : i16) outs(%dst : !i16x16)
  }

  // 32 x i8, in @ymm

  isa.instruction @loadu_epi8_32(%dst: !i8x32, %src: !i8x32_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i8x32_mem) outs(%dst : !i8x32)
  }

  isa.instruction @storeu_epi8_32(%dst: !i8x32_mem, %src: !i8x32)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i8x32) outs(%dst : !i8x32_mem)
  }

  isa.instruction @maskz_loadu_epi8_32(%dst: !i8x32, %src: !i8s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskz_loadu_epi8((__mmask32)((1ull << ({src.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x32)
  }

  isa.instruction @mask_storeu_epi8_32(%dst: !i8s, %src: !i8x32)
      on @store cost<latency = 5, interval = 1>
      c "_mm256_mask_storeu_epi8({dst}, (__mmask32)((1ull << ({dst.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8x32, !i8s)
  }

  isa.instruction @set1_epi8_32(%dst: !i8x32, %src: !i8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi8(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i8_mem, !i8x32)
  }

  isa.instruction @setzero_epi8_32(%dst: !i8x32) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !i8x32)
  }

  isa.instruction @fill_epi8_32(%dst: !i8x32, %value: i8)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi8({value});" {
    linalg.fill ins(%value : i8) outs(%dst : !i8x32)
  }

  // 16 x i8, in @xmm

  isa.instruction @loadu_epi8_16(%dst: !i8x16, %src: !i8x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm_loadu_si128((const __m128i *)({src}));" {
    linalg.copy ins(%src : !i8x16_mem) outs(%dst : !i8x16)
  }

  isa.instruction @storeu_epi8_16(%dst: !i8x16_mem, %src: !i8x16)
      on @store cost<latency = 4, interval = 1> c "_mm_storeu_si128((__m128i *)({dst}), {src});" {
    linalg.copy ins(%src : !i8x16) outs(%dst : !i8x16_mem)
  }

  isa.instruction @maskz_loadu_epi8_16(%dst: !i8x16, %src: !i8s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x16)
  }

  isa.instruction @mask_storeu_epi8_16(%dst: !i8s, %src: !i8x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm_mask_storeu_epi8({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8x16, !i8s)
  }

  isa.instruction @set1_epi8_16(%dst: !i8x16, %src: !i8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi8(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i8_mem, !i8x16)
  }

  isa.instruction @setzero_epi8_16(%dst: !i8x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm_setzero_si128();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !i8x16)
  }

  isa.instruction @fill_epi8_16(%dst: !i8x16, %value: i8)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi8({value});" {
    linalg.fill ins(%value : i8) outs(%dst : !i8x16)
  }

  // 16 x bf16, in @ymm

  isa.instruction @loadu_pbh_16(%dst: !bf16x16, %src: !bf16x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !bf16x16_mem) outs(%dst : !bf16x16)
  }

  isa.instruction @storeu_pbh_16(%dst: !bf16x16_mem, %src: !bf16x16)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !bf16x16) outs(%dst : !bf16x16_mem)
  }

  isa.instruction @maskz_loadu_pbh_16(%dst: !bf16x16, %src: !bf16s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!bf16s, !bf16x16)
  }

  isa.instruction @mask_storeu_pbh_16(%dst: !bf16s, %src: !bf16x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm256_mask_storeu_epi16({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!bf16x16, !bf16s)
  }

  isa.instruction @set1_pbh_16(%dst: !bf16x16, %src: !bf16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16((int16_t)*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!bf16_mem, !bf16x16)
  }

  isa.instruction @setzero_pbh_16(%dst: !bf16x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0.0 : bf16
    linalg.fill ins(%zero : bf16) outs(%dst : !bf16x16)
  }

  isa.instruction @fill_pbh_16(%dst: !bf16x16, %value: bf16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16((int16_t){value});" {
    linalg.fill ins(%value : bf16) outs(%dst : !bf16x16)
  }

  // 16 x i64, in @pair

  isa.instruction @loadu_epi64_16(%dst: !i64x16, %src: !i64x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = _mm512_loadu_si512({src}); {dst}.high = _mm512_loadu_si512(({src}) + 8);" {
    linalg.copy ins(%src : !i64x16_mem) outs(%dst : !i64x16)
  }

  isa.instruction @storeu_epi64_16(%dst: !i64x16_mem, %src: !i64x16)
      on @store cost<latency = 4, interval = 1>
      c "_mm512_storeu_si512({dst}, {src}.low); _mm512_storeu_si512(({dst}) + 8, {src}.high);" {
    linalg.copy ins(%src : !i64x16) outs(%dst : !i64x16_mem)
  }

  isa.instruction @maskz_loadu_epi64_16(%dst: !i64x16, %src: !i64s)
      on @load cost<latency = 8, interval = 1>
      c "{dst}.low = _mm512_maskz_loadu_epi64((__mmask8)((1u << ({src.size0})) - 1u), {src}); {dst}.high = _mm512_maskz_loadu_epi64((__mmask8)(((1u << ({src.size0})) - 1u) >> 8), ({src}) + 8);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64s, !i64x16)
  }

  isa.instruction @mask_storeu_epi64_16(%dst: !i64s, %src: !i64x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi64({dst}, (__mmask8)((1u << ({dst.size0})) - 1u), {src}.low); _mm512_mask_storeu_epi64(({dst}) + 8, (__mmask8)(((1u << ({dst.size0})) - 1u) >> 8), {src}.high);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64x16, !i64s)
  }

  isa.instruction @set1_epi64_16(%dst: !i64x16, %src: !i64_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm512_set1_epi64(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i64_mem, !i64x16)
  }

  isa.instruction @fill_epi64_16(%dst: !i64x16, %value: i64)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm512_set1_epi64({value});" {
    linalg.fill ins(%value : i64) outs(%dst : !i64x16)
  }

  // 16 x f64, in @pair

  isa.instruction @loadu_pd_16(%dst: !f64x16, %src: !f64x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = _mm512_loadu_pd({src}); {dst}.high = _mm512_loadu_pd(({src}) + 8);" {
    linalg.copy ins(%src : !f64x16_mem) outs(%dst : !f64x16)
  }

  isa.instruction @storeu_pd_16(%dst: !f64x16_mem, %src: !f64x16)
      on @store cost<latency = 4, interval = 1>
      c "_mm512_storeu_pd({dst}, {src}.low); _mm512_storeu_pd(({dst}) + 8, {src}.high);" {
    linalg.copy ins(%src : !f64x16) outs(%dst : !f64x16_mem)
  }

  isa.instruction @maskz_loadu_pd_16(%dst: !f64x16, %src: !f64s)
      on @load cost<latency = 8, interval = 1>
      c "{dst}.low = _mm512_maskz_loadu_pd((__mmask8)((1u << ({src.size0})) - 1u), {src}); {dst}.high = _mm512_maskz_loadu_pd((__mmask8)(((1u << ({src.size0})) - 1u) >> 8), ({src}) + 8);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64s, !f64x16)
  }

  isa.instruction @mask_storeu_pd_16(%dst: !f64s, %src: !f64x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_pd({dst}, (__mmask8)((1u << ({dst.size0})) - 1u), {src}.low); _mm512_mask_storeu_pd(({dst}) + 8, (__mmask8)(((1u << ({dst.size0})) - 1u) >> 8), {src}.high);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64x16, !f64s)
  }

  isa.instruction @set1_pd_16(%dst: !f64x16, %src: !f64_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm512_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f64_mem, !f64x16)
  }

  isa.instruction @fill_pd_16(%dst: !f64x16, %value: f64) on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm512_set1_pd({value});" {
    linalg.fill ins(%value : f64) outs(%dst : !f64x16)
  }

  // 16 x i1, a byte each in memory

  isa.instruction @load_mask16(%dst: !i1x16, %src: !i1x16_mem)
      on @load cost<latency = 10, interval = 2>
      c "{dst} = (__mmask16)_mm_cmpneq_epi8_mask(_mm_loadu_si128((const __m128i *)({src})), _mm_setzero_si128());" {
    linalg.copy ins(%src : !i1x16_mem) outs(%dst : !i1x16)
  }

  isa.instruction @store_mask16(%dst: !i1x16_mem, %src: !i1x16)
      on @store cost<latency = 6, interval = 1>
      c "_mm_storeu_si128((__m128i *)({dst}), _mm_maskz_set1_epi8({src}, 1));" {
    linalg.copy ins(%src : !i1x16) outs(%dst : !i1x16_mem)
  }

  // 8 x i1, a byte each in memory

  isa.instruction @load_mask8(%dst: !i1x8, %src: !i1x8_mem)
      on @load cost<latency = 10, interval = 2>
      c "{dst} = (__mmask8)_mm_cmpneq_epi8_mask(_mm_loadl_epi64((const __m128i *)({src})), _mm_setzero_si128());" {
    linalg.copy ins(%src : !i1x8_mem) outs(%dst : !i1x8)
  }

  isa.instruction @store_mask8(%dst: !i1x8_mem, %src: !i1x8)
      on @store cost<latency = 6, interval = 1>
      c "_mm_storel_epi64((__m128i *)({dst}), _mm_maskz_set1_epi8({src}, 1));" {
    linalg.copy ins(%src : !i1x8) outs(%dst : !i1x8_mem)
  }
}
