// AVX2: moves of 8, 16, 64 bits in 8 lanes, and of masks: all lanes, the first few, one repeated, a number

!i8x16 = memref<16xi8, @xmm>
!i8x16_mem = memref<16xi8, @mem>
!i8s = memref<?xi8, @mem>
!i8_mem = memref<i8, @mem>
!i16x8 = memref<8xi16, @xmm>
!i16x8_mem = memref<8xi16, @mem>
!i16s = memref<?xi16, @mem>
!i16_mem = memref<i16, @mem>
!bf16x8 = memref<8xbf16, @xmm>
!bf16x8_mem = memref<8xbf16, @mem>
!bf16s = memref<?xbf16, @mem>
!bf16_mem = memref<bf16, @mem>
!i8x8 = memref<8xi8, @half>
!i8x8_mem = memref<8xi8, @mem>
!i64x8 = memref<8xi64, @pair>
!i64x8_mem = memref<8xi64, @mem>
!i64s = memref<?xi64, @mem>
!i64_mem = memref<i64, @mem>
!f64x8 = memref<8xf64, @pair>
!f64x8_mem = memref<8xf64, @mem>
!f64s = memref<?xf64, @mem>
!f64_mem = memref<f64, @mem>
!i1x8 = memref<8xi1, @mask>
!i1x8_mem = memref<8xi1, @mem>
!i1x4 = memref<4xi1, @mask4>
!i1x4_mem = memref<4xi1, @mem>

isa.target @avx2_moves_8 {
  isa.include "registers.mlir"

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

  isa.instruction @part_loadu_epi8_16(%dst: !i8x16, %src: !i8s)
      on @load cost<latency = 14, interval = 4>
      c "{{ int8_t part[16] = {{0}}; memcpy(part, {src}, ({src.size0})); {dst} = _mm_loadu_si128((const __m128i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x16)
  }

  isa.instruction @part_storeu_epi8_16(%dst: !i8s, %src: !i8x16)
      on @store cost<latency = 14, interval = 4>
      c "{{ int8_t part[16]; _mm_storeu_si128((__m128i *)part, {src}); memcpy({dst}, part, ({dst.size0})); }}" {
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

  // 8 x i16, in @xmm

  isa.instruction @loadu_epi16_8(%dst: !i16x8, %src: !i16x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm_loadu_si128((const __m128i *)({src}));" {
    linalg.copy ins(%src : !i16x8_mem) outs(%dst : !i16x8)
  }

  isa.instruction @storeu_epi16_8(%dst: !i16x8_mem, %src: !i16x8)
      on @store cost<latency = 4, interval = 1> c "_mm_storeu_si128((__m128i *)({dst}), {src});" {
    linalg.copy ins(%src : !i16x8) outs(%dst : !i16x8_mem)
  }

  isa.instruction @part_loadu_epi16_8(%dst: !i16x8, %src: !i16s)
      on @load cost<latency = 14, interval = 4>
      c "{{ int16_t part[8] = {{0}}; memcpy(part, {src}, 2 * ({src.size0})); {dst} = _mm_loadu_si128((const __m128i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16s, !i16x8)
  }

  isa.instruction @part_storeu_epi16_8(%dst: !i16s, %src: !i16x8)
      on @store cost<latency = 14, interval = 4>
      c "{{ int16_t part[8]; _mm_storeu_si128((__m128i *)part, {src}); memcpy({dst}, part, 2 * ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16x8, !i16s)
  }

  isa.instruction @set1_epi16_8(%dst: !i16x8, %src: !i16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi16(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i16_mem, !i16x8)
  }

  isa.instruction @setzero_epi16_8(%dst: !i16x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm_setzero_si128();" {
    %zero = arith.constant 0 : i16
    linalg.fill ins(%zero : i16) outs(%dst : !i16x8)
  }

  isa.instruction @fill_epi16_8(%dst: !i16x8, %value: i16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi16({value});" {
    linalg.fill ins(%value : i16) outs(%dst : !i16x8)
  }

  // 8 x bf16, in @xmm

  isa.instruction @loadu_pbh_8(%dst: !bf16x8, %src: !bf16x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm_loadu_si128((const __m128i *)({src}));" {
    linalg.copy ins(%src : !bf16x8_mem) outs(%dst : !bf16x8)
  }

  isa.instruction @storeu_pbh_8(%dst: !bf16x8_mem, %src: !bf16x8)
      on @store cost<latency = 4, interval = 1> c "_mm_storeu_si128((__m128i *)({dst}), {src});" {
    linalg.copy ins(%src : !bf16x8) outs(%dst : !bf16x8_mem)
  }

  isa.instruction @part_loadu_pbh_8(%dst: !bf16x8, %src: !bf16s)
      on @load cost<latency = 14, interval = 4>
      c "{{ uint16_t part[8] = {{0}}; memcpy(part, {src}, 2 * ({src.size0})); {dst} = _mm_loadu_si128((const __m128i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!bf16s, !bf16x8)
  }

  isa.instruction @part_storeu_pbh_8(%dst: !bf16s, %src: !bf16x8)
      on @store cost<latency = 14, interval = 4>
      c "{{ uint16_t part[8]; _mm_storeu_si128((__m128i *)part, {src}); memcpy({dst}, part, 2 * ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!bf16x8, !bf16s)
  }

  isa.instruction @set1_pbh_8(%dst: !bf16x8, %src: !bf16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi16((int16_t)*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!bf16_mem, !bf16x8)
  }

  isa.instruction @setzero_pbh_8(%dst: !bf16x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm_setzero_si128();" {
    %zero = arith.constant 0.0 : bf16
    linalg.fill ins(%zero : bf16) outs(%dst : !bf16x8)
  }

  isa.instruction @fill_pbh_8(%dst: !bf16x8, %value: bf16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi16((int16_t){value});" {
    linalg.fill ins(%value : bf16) outs(%dst : !bf16x8)
  }

  // 8 x i8, in @half

  isa.instruction @loadu_epi8_8(%dst: !i8x8, %src: !i8x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm_loadl_epi64((const __m128i *)({src}));" {
    linalg.copy ins(%src : !i8x8_mem) outs(%dst : !i8x8)
  }

  isa.instruction @storeu_epi8_8(%dst: !i8x8_mem, %src: !i8x8)
      on @store cost<latency = 4, interval = 1> c "_mm_storel_epi64((__m128i *)({dst}), {src});" {
    linalg.copy ins(%src : !i8x8) outs(%dst : !i8x8_mem)
  }

  isa.instruction @part_loadu_epi8_8(%dst: !i8x8, %src: !i8s)
      on @load cost<latency = 14, interval = 4>
      c "{{ int8_t part[8] = {{0}}; memcpy(part, {src}, ({src.size0})); {dst} = _mm_loadl_epi64((const __m128i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x8)
  }

  isa.instruction @part_storeu_epi8_8(%dst: !i8s, %src: !i8x8)
      on @store cost<latency = 14, interval = 4>
      c "{{ int8_t part[8]; _mm_storel_epi64((__m128i *)part, {src}); memcpy({dst}, part, ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8x8, !i8s)
  }

  isa.instruction @set1_epi8_8(%dst: !i8x8, %src: !i8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi8(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i8_mem, !i8x8)
  }

  isa.instruction @setzero_epi8_8(%dst: !i8x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm_setzero_si128();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !i8x8)
  }

  isa.instruction @fill_epi8_8(%dst: !i8x8, %value: i8)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm_set1_epi8({value});" {
    linalg.fill ins(%value : i8) outs(%dst : !i8x8)
  }

  // 8 x i64, in @pair

  isa.instruction @loadu_epi64_8(%dst: !i64x8, %src: !i64x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = _mm256_loadu_si256((const __m256i *)({src})); {dst}.high = _mm256_loadu_si256((const __m256i *)(({src}) + 4));" {
    linalg.copy ins(%src : !i64x8_mem) outs(%dst : !i64x8)
  }

  isa.instruction @storeu_epi64_8(%dst: !i64x8_mem, %src: !i64x8)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src}.low); _mm256_storeu_si256((__m256i *)(({dst}) + 4), {src}.high);" {
    linalg.copy ins(%src : !i64x8) outs(%dst : !i64x8_mem)
  }

  isa.instruction @maskload_epi64_8(%dst: !i64x8, %src: !i64s)
      on @load cost<latency = 9, interval = 2>
      c "{dst}.low = _mm256_maskload_epi64((const long long *)({src}), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(0, 1, 2, 3))); {dst}.high = _mm256_maskload_epi64((const long long *)(({src}) + 4), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64s, !i64x8)
  }

  isa.instruction @maskstore_epi64_8(%dst: !i64s, %src: !i64x8)
      on @store cost<latency = 9, interval = 2>
      c "_mm256_maskstore_epi64((long long *)({dst}), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(0, 1, 2, 3)), {src}.low); _mm256_maskstore_epi64((long long *)(({dst}) + 4), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(4, 5, 6, 7)), {src}.high);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64x8, !i64s)
  }

  isa.instruction @set1_epi64_8(%dst: !i64x8, %src: !i64_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm256_set1_epi64x(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i64_mem, !i64x8)
  }

  isa.instruction @fill_epi64_8(%dst: !i64x8, %value: i64) on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm256_set1_epi64x({value});" {
    linalg.fill ins(%value : i64) outs(%dst : !i64x8)
  }

  // 8 x f64, in @pair

  isa.instruction @loadu_pd_8(%dst: !f64x8, %src: !f64x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst}.low = _mm256_loadu_pd({src}); {dst}.high = _mm256_loadu_pd(({src}) + 4);" {
    linalg.copy ins(%src : !f64x8_mem) outs(%dst : !f64x8)
  }

  isa.instruction @storeu_pd_8(%dst: !f64x8_mem, %src: !f64x8)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_pd({dst}, {src}.low); _mm256_storeu_pd(({dst}) + 4, {src}.high);" {
    linalg.copy ins(%src : !f64x8) outs(%dst : !f64x8_mem)
  }

  isa.instruction @maskload_pd_8(%dst: !f64x8, %src: !f64s) on @load cost<latency = 9, interval = 2>
      c "{dst}.low = _mm256_maskload_pd({src}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(0, 1, 2, 3))); {dst}.high = _mm256_maskload_pd(({src}) + 4, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64s, !f64x8)
  }

  isa.instruction @maskstore_pd_8(%dst: !f64s, %src: !f64x8)
      on @store cost<latency = 9, interval = 2>
      c "_mm256_maskstore_pd({dst}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(0, 1, 2, 3)), {src}.low); _mm256_maskstore_pd(({dst}) + 4, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(4, 5, 6, 7)), {src}.high);" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64x8, !f64s)
  }

  isa.instruction @set1_pd_8(%dst: !f64x8, %src: !f64_mem) on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm256_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f64_mem, !f64x8)
  }

  isa.instruction @fill_pd_8(%dst: !f64x8, %value: f64) on @load cost<latency = 7, interval = 1>
      c "{dst}.low = {dst}.high = _mm256_set1_pd({value});" {
    linalg.fill ins(%value : f64) outs(%dst : !f64x8)
  }

  // 8 and 4 x i1, a byte each in memory

  isa.instruction @load_mask8(%dst: !i1x8, %src: !i1x8_mem)
      on @load cost<latency = 10, interval = 2>
      c "{dst} = _mm256_cmpgt_epi32(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)({src}))), _mm256_setzero_si256());" {
    linalg.copy ins(%src : !i1x8_mem) outs(%dst : !i1x8)
  }

  isa.instruction @store_mask8(%dst: !i1x8_mem, %src: !i1x8)
      on @store cost<latency = 8, interval = 4>
      c "_mm_storel_epi64((__m128i *)({dst}), _mm_and_si128(_mm_packs_epi16(_mm_packs_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)), _mm_setzero_si128()), _mm_set1_epi8(1)));" {
    linalg.copy ins(%src : !i1x8) outs(%dst : !i1x8_mem)
  }

  isa.instruction @load_mask4(%dst: !i1x4, %src: !i1x4_mem)
      on @load cost<latency = 10, interval = 2>
      c "{dst} = _mm256_cmpgt_epi64(_mm256_cvtepu8_epi64(_mm_loadu_si32({src})), _mm256_setzero_si256());" {
    linalg.copy ins(%src : !i1x4_mem) outs(%dst : !i1x4)
  }

  isa.instruction @store_mask4(%dst: !i1x4_mem, %src: !i1x4)
      on @store cost<latency = 8, interval = 4>
      c "{{ const int32_t bits = _mm256_movemask_pd(_mm256_castsi256_pd({src})); for (int lane = 0; lane < 4; lane++) ({dst})[lane] = bits >> lane & 1; }}" {
    linalg.copy ins(%src : !i1x4) outs(%dst : !i1x4_mem)
  }
}
