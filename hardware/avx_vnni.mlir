// AVX-VNNI: dot products of four bytes or two words per lane of 256 bits, two per cycle

isa.target @avx_vnni attributes {
    summary = "x86-64 with AVX2 and vector neural network instructions",
    features = ["avx_vnni"],
    c.flags = ["-mavxvnni"]} {
  isa.include "avx2"

  // 8 x 4 x i8: moves; 4 elements that are summed together lie side by side

  // One group for all lanes
  isa.instruction @set1_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<4xi8, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_broadcastd_epi32(_mm_loadu_si32({src}));" {
    kernel.contract "k->ik"(%src) into %dst : (memref<4xi8, @mem>, memref<8x4xi8, @ymm>)
  }

  isa.instruction @part_set1_epi8_x4(%dst: memref<8x4xi8, @ymm>, %src: memref<?xi8, @mem>)
      on @load cost<latency = 12, interval = 2>
      c "{dst} = _mm256_set1_epi32((int32_t)((({src.size0}) > 0 ? (uint32_t)(uint8_t)({src})[0] : 0u) | (({src.size0}) > 1 ? (uint32_t)(uint8_t)({src})[1] << 8 : 0u) | (({src.size0}) > 2 ? (uint32_t)(uint8_t)({src})[2] << 16 : 0u) | (({src.size0}) > 3 ? (uint32_t)(uint8_t)({src})[3] << 24 : 0u)));" {
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

  // Dot products

  isa.instruction @dpbusd(%acc: memref<8xi32, @ymm>, %a: memref<8x4xi8, @ymm>, %b: memref<8x4xi8, @ymm>)
      on @fma cost<latency = 5, interval = 1>
      c "{acc} = _mm256_dpbusd_avx_epi32({acc}, {a}, {b});" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc {unsigned = array<i64: 0>} : (memref<8x4xi8, @ymm>, memref<8x4xi8, @ymm>, memref<8xi32, @ymm>)
  }

  // Signed by signed: the first factor is shifted into the unsigned range by flipping its highest bit.
  // Compilers flip once what several products share, beside the unit that multiplies.

  isa.instruction @dpbusd_shifted(%acc: memref<8xi32, @ymm>, %a: memref<8x4xi8, @ymm>, %b: memref<8x4xi8, @ymm>)
      on @fma cost<latency = 6, interval = 1>
      c "{acc} = _mm256_dpbusd_avx_epi32({acc}, _mm256_xor_si256({a}, _mm256_set1_epi8(-128)), {b});" {
    linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>],
        iterator_types = ["parallel", "reduction"]}
        ins(%a, %b : memref<8x4xi8, @ymm>, memref<8x4xi8, @ymm>) outs(%acc : memref<8xi32, @ymm>) {
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

  isa.instruction @dpwssd(%acc: memref<8xi32, @ymm>, %a: memref<8x2xi16, @ymm>, %b: memref<8x2xi16, @ymm>)
      on @fma cost<latency = 5, interval = 1>
      c "{acc} = _mm256_dpwssd_avx_epi32({acc}, {a}, {b});" {
    kernel.contract "ik,ik->i"(%a, %b) add %acc : (memref<8x2xi16, @ymm>, memref<8x2xi16, @ymm>, memref<8xi32, @ymm>)
  }
}
