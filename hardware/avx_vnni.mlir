// AVX-VNNI: dot products of four bytes or two words per lane of 256 bits, two per cycle

isa.target @avx_vnni attributes {
    summary = "x86-64 with AVX2 and vector neural network instructions",
    features = ["avx_vnni"],
    c.headers = ["string.h"], c.flags = ["-mavxvnni"]} {
  isa.include "avx2"

  isa.memory @ymm register {count = 16 : i64, bytes = 32 : i64, c.types = {
    f32 = "__m256", f64 = "__m256d", i8 = "__m256i", i16 = "__m256i", i32 = "__m256i"}}

  // 8 x i32: moves

  isa.instruction @loadu_epi32(%dst: memref<8xi32, @ymm>, %src: memref<8xi32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : memref<8xi32, @mem>) outs(%dst : memref<8xi32, @ymm>)
  }

  isa.instruction @storeu_epi32(%dst: memref<8xi32, @mem>, %src: memref<8xi32, @ymm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : memref<8xi32, @ymm>) outs(%dst : memref<8xi32, @mem>)
  }

  isa.instruction @maskload_epi32(%dst: memref<8xi32, @ymm>, %src: memref<?xi32, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_epi32({src}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({src.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xi32, @mem>, memref<8xi32, @ymm>)
  }

  isa.instruction @maskstore_epi32(%dst: memref<?xi32, @mem>, %src: memref<8xi32, @ymm>)
      on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_epi32({dst}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({dst.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<8xi32, @ymm>, memref<?xi32, @mem>)
  }

  isa.instruction @set1_epi32(%dst: memref<8xi32, @ymm>, %src: memref<i32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_set1_epi32(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<i32, @mem>, memref<8xi32, @ymm>)
  }

  isa.instruction @setzero_epi32(%dst: memref<8xi32, @ymm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : memref<8xi32, @ymm>)
  }

  // 32 x i8: moves; 4 elements that are summed together lie side by side

  isa.instruction @loadu_epi8(%dst: memref<32xi8, @ymm>, %src: memref<32xi8, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : memref<32xi8, @mem>) outs(%dst : memref<32xi8, @ymm>)
  }

  isa.instruction @storeu_epi8(%dst: memref<32xi8, @mem>, %src: memref<32xi8, @ymm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : memref<32xi8, @ymm>) outs(%dst : memref<32xi8, @mem>)
  }

  isa.instruction @part_loadu_epi8(%dst: memref<32xi8, @ymm>, %src: memref<?xi8, @mem>)
      on @load cost<latency = 14, interval = 4>
      c "{{ int8_t part[32] = {{0}}; memcpy(part, {src}, ({src.size0})); {dst} = _mm256_loadu_si256((const __m256i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xi8, @mem>, memref<32xi8, @ymm>)
  }

  isa.instruction @part_storeu_epi8(%dst: memref<?xi8, @mem>, %src: memref<32xi8, @ymm>)
      on @store cost<latency = 14, interval = 4>
      c "{{ int8_t part[32]; _mm256_storeu_si256((__m256i *)part, {src}); memcpy({dst}, part, ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<32xi8, @ymm>, memref<?xi8, @mem>)
  }

  isa.instruction @setzero_epi8(%dst: memref<32xi8, @ymm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : memref<32xi8, @ymm>)
  }

  // One group for all lanes
  isa.instruction @set1_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<4xi8, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<4xi8, @mem>, memref<8x4xi8, @ymm>)
  }

  isa.instruction @part_set1_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<?xi8, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{{ int32_t word = 0; memcpy(&word, {src}, ({src.size0})); {dst} = _mm256_set1_epi32(word); }}" {
    kernel.contract "k->ik"(%src) into %dst {guarded} : (memref<?xi8, @mem>, memref<8x4xi8, @ymm>)
  }

  // One group per row: a matrix whose rows are the lanes
  isa.instruction @gather_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<8x4xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 20, interval = 8>
      c "{dst} = _mm256_i32gather_epi32((const int *)({src}), _mm256_mullo_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32((int32_t)({src.stride0}))), 1);" {
    linalg.copy ins(%src : memref<8x4xi8, strided<[?, 1]>, @mem>) outs(%dst : memref<8x4xi8, @ymm>)
  }

  // 4 rows, interleaved: a matrix whose columns are the lanes
  isa.instruction @loadt_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<4x8xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 10, interval = 4>
      c "{{ const __m128i low = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(({src}))), _mm_loadl_epi64((const __m128i *)(({src}) + 1 * ({src.stride0})))), high = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)(({src}) + 2 * ({src.stride0}))), _mm_loadl_epi64((const __m128i *)(({src}) + 3 * ({src.stride0})))); {dst} = _mm256_set_m128i(_mm_unpackhi_epi16(low, high), _mm_unpacklo_epi16(low, high)); }}" {
    kernel.contract "ki->ik"(%src) into %dst : (memref<4x8xi8, strided<[?, 1]>, @mem>, memref<8x4xi8, @ymm>)
  }

  isa.instruction @part_loadt_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<?x8xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 10, interval = 4>
      c "{{ const __m128i low = _mm_unpacklo_epi8((({src.size0}) > 0 ? _mm_loadl_epi64((const __m128i *)(({src}))) : _mm_setzero_si128()), (({src.size0}) > 1 ? _mm_loadl_epi64((const __m128i *)(({src}) + 1 * ({src.stride0}))) : _mm_setzero_si128())), high = _mm_unpacklo_epi8((({src.size0}) > 2 ? _mm_loadl_epi64((const __m128i *)(({src}) + 2 * ({src.stride0}))) : _mm_setzero_si128()), (({src.size0}) > 3 ? _mm_loadl_epi64((const __m128i *)(({src}) + 3 * ({src.stride0}))) : _mm_setzero_si128())); {dst} = _mm256_set_m128i(_mm_unpackhi_epi16(low, high), _mm_unpacklo_epi16(low, high)); }}" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<?x8xi8, strided<[?, 1]>, @mem>, memref<8x4xi8, @ymm>)
  }

  // 16 x i16: moves; 2 elements that are summed together lie side by side

  isa.instruction @loadu_epi16(%dst: memref<16xi16, @ymm>, %src: memref<16xi16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : memref<16xi16, @mem>) outs(%dst : memref<16xi16, @ymm>)
  }

  isa.instruction @storeu_epi16(%dst: memref<16xi16, @mem>, %src: memref<16xi16, @ymm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : memref<16xi16, @ymm>) outs(%dst : memref<16xi16, @mem>)
  }

  isa.instruction @part_loadu_epi16(%dst: memref<16xi16, @ymm>, %src: memref<?xi16, @mem>)
      on @load cost<latency = 14, interval = 4>
      c "{{ int16_t part[16] = {{0}}; memcpy(part, {src}, 2 * ({src.size0})); {dst} = _mm256_loadu_si256((const __m256i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xi16, @mem>, memref<16xi16, @ymm>)
  }

  isa.instruction @part_storeu_epi16(%dst: memref<?xi16, @mem>, %src: memref<16xi16, @ymm>)
      on @store cost<latency = 14, interval = 4>
      c "{{ int16_t part[16]; _mm256_storeu_si256((__m256i *)part, {src}); memcpy({dst}, part, 2 * ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<16xi16, @ymm>, memref<?xi16, @mem>)
  }

  isa.instruction @setzero_epi16(%dst: memref<16xi16, @ymm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i16
    linalg.fill ins(%zero : i16) outs(%dst : memref<16xi16, @ymm>)
  }

  // One group for all lanes
  isa.instruction @set1_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<2xi16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<2xi16, @mem>, memref<8x2xi16, @ymm>)
  }

  isa.instruction @part_set1_epi16_x2(%dst: memref<8x2xi16, @ymm>, %src: memref<?xi16, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{{ int32_t word = 0; memcpy(&word, {src}, 2 * ({src.size0})); {dst} = _mm256_set1_epi32(word); }}" {
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

  // Dot products

  isa.instruction @dpbusd(%acc: memref<8xi32, @ymm>, %a: memref<8x4xi8, @ymm>, %b: memref<8x4xi8, @ymm>)
      on @fma cost<latency = 5, interval = 1>
      c "{acc} = _mm256_dpbusd_avx_epi32({acc}, {a}, {b});" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc {unsigned = array<i64: 0>} : (memref<8x4xi8, @ymm>, memref<8x4xi8, @ymm>, memref<8xi32, @ymm>)
  }

  isa.instruction @dpwssd(%acc: memref<8xi32, @ymm>, %a: memref<8x2xi16, @ymm>, %b: memref<8x2xi16, @ymm>)
      on @fma cost<latency = 5, interval = 1>
      c "{acc} = _mm256_dpwssd_avx_epi32({acc}, {a}, {b});" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc : (memref<8x2xi16, @ymm>, memref<8x2xi16, @ymm>, memref<8xi32, @ymm>)
  }
}
