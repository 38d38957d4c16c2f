// AVX-512 with VNNI: dot products of four bytes or two words per lane, two per cycle
//
// A register of 64 bytes is 16 lanes of 4 elements that are multiplied and summed together, a
// register of 32 words is 16 lanes of 2.

#i8_0 = affine_map<(i) -> (i, 0)>
#i8_1 = affine_map<(i) -> (i, 1)>
#i8_2 = affine_map<(i) -> (i, 2)>
#i8_3 = affine_map<(i) -> (i, 3)>
#i16_0 = affine_map<(i) -> (i, 0)>
#i16_1 = affine_map<(i) -> (i, 1)>
#lane = affine_map<(i) -> (i)>

isa.target @avx512_vnni attributes {
    summary = "x86-64 with AVX-512 and vector neural network instructions",
    features = ["avx512_vnni"],
    c.flags = ["-mavx512vnni"]} {
  isa.include "avx512"

  // 16 x 4 x i8: moves; 4 elements that are summed together lie side by side

  // One group for all lanes
  isa.instruction @set1_epi8_x4(%dst: memref<16x4xi8, @zmm>, %src: memref<4xi8, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<4xi8, @mem>, memref<16x4xi8, @zmm>)
  }

  isa.instruction @maskz_set1_epi8_x4(%dst: memref<16x4xi8, @zmm>, %src: memref<?xi8, @mem>)
      on @load cost<latency = 12, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size0})) - 1u), {src}));" {
    kernel.contract "k->ik"(%src) into %dst {guarded} : (memref<?xi8, @mem>, memref<16x4xi8, @zmm>)
  }

  // One group per row: a matrix whose rows are the lanes
  isa.instruction @gather_epi8_x4(%dst: memref<16x4xi8, @zmm>, %src: memref<16x4xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 26, interval = 16>
      c "{dst} = _mm512_i32gather_epi32(_mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int32_t)({src.stride0}))), {src}, 1);" {
    linalg.copy ins(%src : memref<16x4xi8, strided<[?, 1]>, @mem>) outs(%dst : memref<16x4xi8, @zmm>)
  }

  // 4 rows, interleaved: a matrix whose columns are the lanes
  isa.instruction @loadt_epi8_x4(%dst: memref<16x4xi8, @zmm>, %src: memref<4x16xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 4>
      c "{dst} = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), _mm512_inserti32x4(_mm512_inserti32x4(_mm512_inserti32x4(_mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(({src})))), _mm_loadu_si128((const __m128i *)(({src}) + 1 * ({src.stride0}))), 1), _mm_loadu_si128((const __m128i *)(({src}) + 2 * ({src.stride0}))), 2), _mm_loadu_si128((const __m128i *)(({src}) + 3 * ({src.stride0}))), 3)), _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));" {
    kernel.contract "ki->ik"(%src) into %dst : (memref<4x16xi8, strided<[?, 1]>, @mem>, memref<16x4xi8, @zmm>)
  }

  isa.instruction @maskz_loadt_epi8_x4_rows(%dst: memref<16x4xi8, @zmm>, %src: memref<?x16xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 4>
      c "{dst} = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), _mm512_inserti32x4(_mm512_inserti32x4(_mm512_inserti32x4(_mm512_castsi128_si512((({src.size0}) > 0 ? _mm_loadu_si128((const __m128i *)(({src}))) : _mm_setzero_si128())), (({src.size0}) > 1 ? _mm_loadu_si128((const __m128i *)(({src}) + 1 * ({src.stride0}))) : _mm_setzero_si128()), 1), (({src.size0}) > 2 ? _mm_loadu_si128((const __m128i *)(({src}) + 2 * ({src.stride0}))) : _mm_setzero_si128()), 2), (({src.size0}) > 3 ? _mm_loadu_si128((const __m128i *)(({src}) + 3 * ({src.stride0}))) : _mm_setzero_si128()), 3)), _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<?x16xi8, strided<[?, 1]>, @mem>, memref<16x4xi8, @zmm>)
  }

  isa.instruction @maskz_loadt_epi8_x4_columns(%dst: memref<16x4xi8, @zmm>, %src: memref<4x?xi8, strided<[?, 1]>, @mem>)
      on @load cost<latency = 13, interval = 4>
      c "{dst} = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), _mm512_inserti32x4(_mm512_inserti32x4(_mm512_inserti32x4(_mm512_castsi128_si512(_mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size1})) - 1u), ({src}))), _mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size1})) - 1u), ({src}) + 1 * ({src.stride0})), 1), _mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size1})) - 1u), ({src}) + 2 * ({src.stride0})), 2), _mm_maskz_loadu_epi8((__mmask16)((1u << ({src.size1})) - 1u), ({src}) + 3 * ({src.stride0})), 3)), _mm512_set4_epi32(0x0f0b0703, 0x0e0a0602, 0x0d090501, 0x0c080400));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<4x?xi8, strided<[?, 1]>, @mem>, memref<16x4xi8, @zmm>)
  }

  // 16 x 2 x i16: moves; 2 elements that are summed together lie side by side

  // One group for all lanes
  isa.instruction @set1_epi16_x2(%dst: memref<16x2xi16, @zmm>, %src: memref<2xi16, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<2xi16, @mem>, memref<16x2xi16, @zmm>)
  }

  isa.instruction @maskz_set1_epi16_x2(%dst: memref<16x2xi16, @zmm>, %src: memref<?xi16, @mem>)
      on @load cost<latency = 12, interval = 1>
      c "{dst} = _mm512_broadcastd_epi32(_mm_maskz_loadu_epi16((__mmask8)((1u << ({src.size0})) - 1u), {src}));" {
    kernel.contract "k->ik"(%src) into %dst {guarded} : (memref<?xi16, @mem>, memref<16x2xi16, @zmm>)
  }

  // One group per row: a matrix whose rows are the lanes
  isa.instruction @gather_epi16_x2(%dst: memref<16x2xi16, @zmm>, %src: memref<16x2xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 26, interval = 16>
      c "{dst} = _mm512_i32gather_epi32(_mm512_mullo_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32((int32_t)({src.stride0}))), {src}, 2);" {
    linalg.copy ins(%src : memref<16x2xi16, strided<[?, 1]>, @mem>) outs(%dst : memref<16x2xi16, @zmm>)
  }

  // 2 rows, interleaved: a matrix whose columns are the lanes
  isa.instruction @loadt_epi16_x2(%dst: memref<16x2xi16, @zmm>, %src: memref<2x16xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(({src})))), _mm256_loadu_si256((const __m256i *)(({src}) + 1 * ({src.stride0}))), 1));" {
    kernel.contract "ki->ik"(%src) into %dst : (memref<2x16xi16, strided<[?, 1]>, @mem>, memref<16x2xi16, @zmm>)
  }

  isa.instruction @maskz_loadt_epi16_x2_rows(%dst: memref<16x2xi16, @zmm>, %src: memref<?x16xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512((({src.size0}) > 0 ? _mm256_loadu_si256((const __m256i *)(({src}))) : _mm256_setzero_si256())), (({src.size0}) > 1 ? _mm256_loadu_si256((const __m256i *)(({src}) + 1 * ({src.stride0}))) : _mm256_setzero_si256()), 1));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<?x16xi16, strided<[?, 1]>, @mem>, memref<16x2xi16, @zmm>)
  }

  isa.instruction @maskz_loadt_epi16_x2_columns(%dst: memref<16x2xi16, @zmm>, %src: memref<2x?xi16, strided<[?, 1]>, @mem>)
      on @load cost<latency = 13, interval = 2>
      c "{dst} = _mm512_permutexvar_epi16(_mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0), _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size1})) - 1u), ({src}))), _mm256_maskz_loadu_epi16((__mmask16)((1u << ({src.size1})) - 1u), ({src}) + 1 * ({src.stride0})), 1));" {
    kernel.contract "ki->ik"(%src) into %dst {guarded} : (memref<2x?xi16, strided<[?, 1]>, @mem>, memref<16x2xi16, @zmm>)
  }

  // Dot products. The text is assembly because compilers copy and spill the accumulators otherwise.

  isa.instruction @dpbusd(%acc: memref<16xi32, @zmm>, %a: memref<16x4xi8, @zmm>, %b: memref<16x4xi8, @zmm>)
      on @fma cost<latency = 5, interval = 1>
      c "__asm__(\"vpdpbusd %2, %1, %0\" : \"+v\"({acc}) : \"v\"({a}), \"v\"({b}));" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc {unsigned = array<i64: 0>} : (memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16xi32, @zmm>)
  }

  // Signed by signed: the first factor is shifted into the unsigned range by flipping its highest bit.
  // Compilers flip once what several products share, beside the unit that multiplies.

  isa.instruction @dpbusd_shifted(%acc: memref<16xi32, @zmm>, %a: memref<16x4xi8, @zmm>, %b: memref<16x4xi8, @zmm>)
      on @fma cost<latency = 6, interval = 1>
      c "__asm__(\"vpdpbusd %2, %1, %0\" : \"+v\"({acc}) : \"v\"(_mm512_xor_si512({a}, _mm512_set1_epi8(-128))), \"v\"({b}));" {
    linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>],
        iterator_types = ["parallel", "reduction"]}
        ins(%a, %b : memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>) outs(%acc : memref<16xi32, @zmm>) {
    ^bb0(%x: i8, %y: i8, %old: i32):
      %offset = arith.constant 128 : i32
      %u = arith.extsi %x : i8 to i32
      %v = arith.extsi %y : i8 to i32
      %shifted = arith.addi %u, %offset : i32
      %p = arith.muli %shifted, %v : i32
      %s = arith.addi %old, %p : i32
      linalg.yield %s : i32
    }
  }

  isa.instruction @dpwssd(%acc: memref<16xi32, @zmm>, %a: memref<16x2xi16, @zmm>, %b: memref<16x2xi16, @zmm>)
      on @fma cost<latency = 5, interval = 1>
      c "__asm__(\"vpdpwssd %2, %1, %0\" : \"+v\"({acc}) : \"v\"({a}), \"v\"({b}));" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc : (memref<16x2xi16, @zmm>, memref<16x2xi16, @zmm>, memref<16xi32, @zmm>)
  }

  // The sum and the old value are added exactly, then limited once to 32 bits.

  isa.instruction @dpbusds(%acc: memref<16xi32, @zmm>, %a: memref<16x4xi8, @zmm>, %b: memref<16x4xi8, @zmm>)
      on @fma cost<latency = 5, interval = 1>
      c "__asm__(\"vpdpbusds %2, %1, %0\" : \"+v\"({acc}) : \"v\"({a}), \"v\"({b}));" {
    linalg.generic {indexing_maps = [#i8_0, #i8_1, #i8_2, #i8_3, #i8_0, #i8_1, #i8_2, #i8_3, #lane], iterator_types = ["parallel"]}
        ins(%a, %a, %a, %a, %b, %b, %b, %b : memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>, memref<16x4xi8, @zmm>)
        outs(%acc : memref<16xi32, @zmm>) {
    ^bb0(%x0: i8, %x1: i8, %x2: i8, %x3: i8, %y0: i8, %y1: i8, %y2: i8, %y3: i8, %old: i32):
      %u0 = arith.extui %x0 : i8 to i64
      %v0 = arith.extsi %y0 : i8 to i64
      %p0 = arith.muli %u0, %v0 : i64
      %u1 = arith.extui %x1 : i8 to i64
      %v1 = arith.extsi %y1 : i8 to i64
      %p1 = arith.muli %u1, %v1 : i64
      %u2 = arith.extui %x2 : i8 to i64
      %v2 = arith.extsi %y2 : i8 to i64
      %p2 = arith.muli %u2, %v2 : i64
      %u3 = arith.extui %x3 : i8 to i64
      %v3 = arith.extsi %y3 : i8 to i64
      %p3 = arith.muli %u3, %v3 : i64
      %s = arith.extsi %old : i32 to i64
      %s0 = arith.addi %s, %p0 : i64
      %s1 = arith.addi %s0, %p1 : i64
      %s2 = arith.addi %s1, %p2 : i64
      %s3 = arith.addi %s2, %p3 : i64
      %least = arith.constant -2147483648 : i64
      %most = arith.constant 2147483647 : i64
      %low = arith.maxsi %s3, %least : i64
      %high = arith.minsi %low, %most : i64
      %r = arith.trunci %high : i64 to i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @dpwssds(%acc: memref<16xi32, @zmm>, %a: memref<16x2xi16, @zmm>, %b: memref<16x2xi16, @zmm>)
      on @fma cost<latency = 5, interval = 1>
      c "__asm__(\"vpdpwssds %2, %1, %0\" : \"+v\"({acc}) : \"v\"({a}), \"v\"({b}));" {
    linalg.generic {indexing_maps = [#i16_0, #i16_1, #i16_0, #i16_1, #lane], iterator_types = ["parallel"]}
        ins(%a, %a, %b, %b : memref<16x2xi16, @zmm>, memref<16x2xi16, @zmm>, memref<16x2xi16, @zmm>, memref<16x2xi16, @zmm>)
        outs(%acc : memref<16xi32, @zmm>) {
    ^bb0(%x0: i16, %x1: i16, %y0: i16, %y1: i16, %old: i32):
      %u0 = arith.extsi %x0 : i16 to i64
      %v0 = arith.extsi %y0 : i16 to i64
      %p0 = arith.muli %u0, %v0 : i64
      %u1 = arith.extsi %x1 : i16 to i64
      %v1 = arith.extsi %y1 : i16 to i64
      %p1 = arith.muli %u1, %v1 : i64
      %s = arith.extsi %old : i32 to i64
      %s0 = arith.addi %s, %p0 : i64
      %s1 = arith.addi %s0, %p1 : i64
      %least = arith.constant -2147483648 : i64
      %most = arith.constant 2147483647 : i64
      %low = arith.maxsi %s1, %least : i64
      %high = arith.minsi %low, %most : i64
      %r = arith.trunci %high : i64 to i32
      linalg.yield %r : i32
    }
  }
}
