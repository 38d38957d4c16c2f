// AVX2: products of pairs of words, two per lane that are summed together
//
// A register of 16 words is 8 lanes of 2. Four products of the least numbers exceed 32 bits and wrap around, as
// sums of 32 bits do.

isa.target @avx2_words {
  isa.include "integers.mlir"

  // 8 x 2 x i16: moves; 2 elements that are summed together lie side by side

  // One group for all lanes
  isa.instruction @set1_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<2xi16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<2xi16, @mem>, memref<8x2xi16, @ymm>)
  }

  isa.instruction @part_set1_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<?xi16, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm256_set1_epi32((int32_t)((({src.size0}) > 0 ? (uint32_t)(uint16_t)({src})[0] : 0u) | (({src.size0}) > 1 ? (uint32_t)(uint16_t)({src})[1] << 16 : 0u)));" {
    kernel.contract "k->ik"(%src) into %dst {guarded} : (memref<?xi16, @mem>, memref<8x2xi16, @ymm>)
  }

  // One group per row: a matrix whose rows are the lanes
  isa.instruction @gather_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<8x2xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 20, interval = 8>
      c "{dst} = _mm256_i32gather_epi32((const int *)({src}), _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32((int32_t)({src.stride0}))), 2);" {
    linalg.copy ins(%src : memref<8x2xi16, strided<[?, 1]>, @mem>) outs(%dst : memref<8x2xi16, @ymm>)
  }

  // 2 rows, interleaved: a matrix whose columns are the lanes
  isa.instruction @loadt_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<2x8xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 10, interval = 2>
      c "{{ const __m128i low = _mm_loadu_si128((const __m128i *)(({src}))), high = _mm_loadu_si128((const __m128i *)(({src}) + 1 * ({src.stride0}))); {dst} = _mm256_set_m128i(_mm_unpackhi_epi16(low, high), _mm_unpacklo_epi16(low, high)); }}" {
    kernel.contract "ki->ik"(%src) into %dst : (memref<2x8xi16, strided<[?, 1]>, @mem>, memref<8x2xi16, @ymm>)
  }

  isa.instruction @part_loadt_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<?x8xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 10, interval = 2>
      c "{{ const __m128i low = (({src.size0}) > 0 ? _mm_loadu_si128((const __m128i *)(({src}))) : _mm_setzero_si128()), high = (({src.size0}) > 1 ? _mm_loadu_si128((const __m128i *)(({src}) + 1 * ({src.stride0}))) : _mm_setzero_si128()); {dst} = _mm256_set_m128i(_mm_unpackhi_epi16(low, high), _mm_unpacklo_epi16(low, high)); }}" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<?x8xi16, strided<[?, 1]>, @mem>, memref<8x2xi16, @ymm>)
  }

  // Products. The sum is assembly because compilers put it in the place of the product and copy it back, so
  // that accumulators take two registers.

  isa.instruction @madd_epi16(%acc: memref<8xi32, @ymm>, %a: memref<8x2xi16, @ymm>, %b: memref<8x2xi16, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{{ const __m256i pair = _mm256_madd_epi16({a}, {b}); __asm__(\"vpaddd %1, %0, %0\" : \"+x\"({acc}) : \"x\"(pair)); }}" attributes {temporaries = 2 : i64} {
    kernel.contract "ik,ik->i"(%a, %b) add %acc : (memref<8x2xi16, @ymm>, memref<8x2xi16, @ymm>, memref<8xi32, @ymm>)
  }
}
