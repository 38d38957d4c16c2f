// AVX2: sums and extremes over the lanes of a register

#total = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>]

!f32x8 = memref<8xf32, @ymm>
!f32_mem = memref<f32, @mem>
!f64x4 = memref<4xf64, @ymm>
!f64_mem = memref<f64, @mem>
!i32x8 = memref<8xi32, @ymm>
!i32_mem = memref<i32, @mem>

isa.target @avx2_lanes {
  isa.include "moves.mlir"

  // Sums, of floats in any order

  isa.instruction @reduce_add_ps(%sum: !f32_mem, %src: !f32x8)
      on @shuffle cost<latency = 12, interval = 6>
      c "{{ __m128 found = _mm_add_ps(_mm256_castps256_ps128({src}), _mm256_extractf128_ps({src}, 1)); found = _mm_add_ps(found, _mm_movehl_ps(found, found)); *({sum}) += _mm_cvtss_f32(_mm_add_ss(found, _mm_movehdup_ps(found))); }}" {
    kernel.contract "i->"(%src) add %sum : (!f32x8, !f32_mem)
  }

  isa.instruction @reduce_add_pd(%sum: !f64_mem, %src: !f64x4)
      on @shuffle cost<latency = 9, interval = 4>
      c "{{ const __m128d found = _mm_add_pd(_mm256_castpd256_pd128({src}), _mm256_extractf128_pd({src}, 1)); *({sum}) += _mm_cvtsd_f64(_mm_add_sd(found, _mm_unpackhi_pd(found, found))); }}" {
    kernel.contract "i->"(%src) add %sum : (!f64x4, !f64_mem)
  }

  isa.instruction @reduce_add_epi32(%sum: !i32_mem, %src: !i32x8)
      on @shuffle cost<latency = 8, interval = 6>
      c "{{ __m128i found = _mm_add_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)); found = _mm_add_epi32(found, _mm_shuffle_epi32(found, 78)); found = _mm_add_epi32(found, _mm_shuffle_epi32(found, 177)); *({sum}) = (int32_t)((uint32_t)*({sum}) + (uint32_t)_mm_cvtsi128_si32(found)); }}" {
    kernel.contract "i->"(%src) add %sum : (!i32x8, !i32_mem)
  }

  // Extremes of integers

  isa.instruction @reduce_max_epi32(%most: !i32_mem, %src: !i32x8)
      on @shuffle cost<latency = 8, interval = 6>
      c "{{ __m128i found = _mm_max_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)); found = _mm_max_epi32(found, _mm_shuffle_epi32(found, 78)); found = _mm_max_epi32(found, _mm_shuffle_epi32(found, 177)); if (_mm_cvtsi128_si32(found) > *({most})) *({most}) = _mm_cvtsi128_si32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i32x8) outs(%most : !i32_mem) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.maxsi %old, %x : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @reduce_min_epi32(%least: !i32_mem, %src: !i32x8)
      on @shuffle cost<latency = 8, interval = 6>
      c "{{ __m128i found = _mm_min_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)); found = _mm_min_epi32(found, _mm_shuffle_epi32(found, 78)); found = _mm_min_epi32(found, _mm_shuffle_epi32(found, 177)); if (_mm_cvtsi128_si32(found) < *({least})) *({least}) = _mm_cvtsi128_si32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i32x8) outs(%least : !i32_mem) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.minsi %old, %x : i32
      linalg.yield %r : i32
    }
  }

  // IEEE 754's extremes of floats: a NaN stays a NaN, and -0 is less than +0

  isa.instruction @reduce_maximum_ps(%most: !f32_mem, %src: !f32x8)
      on @shuffle cost<latency = 24, interval = 16>
      c "{{ const __m256 before = _mm256_set1_ps(*({most})), wide = _mm256_and_ps(_mm256_max_ps({src}, before), _mm256_max_ps(before, {src})); __m128 found = _mm_and_ps(_mm_max_ps(_mm256_castps256_ps128(wide), _mm256_extractf128_ps(wide, 1)), _mm_max_ps(_mm256_extractf128_ps(wide, 1), _mm256_castps256_ps128(wide))); found = _mm_and_ps(_mm_max_ps(found, _mm_permute_ps(found, 78)), _mm_max_ps(_mm_permute_ps(found, 78), found)); found = _mm_and_ps(_mm_max_ps(found, _mm_permute_ps(found, 177)), _mm_max_ps(_mm_permute_ps(found, 177), found)); *({most}) = _mm256_movemask_ps(_mm256_cmp_ps({src}, before, _CMP_UNORD_Q)) ? NAN : _mm_cvtss_f32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f32x8) outs(%most : !f32_mem) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.maximumf %old, %x : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @reduce_maximum_pd(%most: !f64_mem, %src: !f64x4)
      on @shuffle cost<latency = 20, interval = 12>
      c "{{ const __m256d before = _mm256_set1_pd(*({most})), wide = _mm256_and_pd(_mm256_max_pd({src}, before), _mm256_max_pd(before, {src})); __m128d found = _mm_and_pd(_mm_max_pd(_mm256_castpd256_pd128(wide), _mm256_extractf128_pd(wide, 1)), _mm_max_pd(_mm256_extractf128_pd(wide, 1), _mm256_castpd256_pd128(wide))); found = _mm_and_pd(_mm_max_pd(found, _mm_permute_pd(found, 1)), _mm_max_pd(_mm_permute_pd(found, 1), found)); *({most}) = _mm256_movemask_pd(_mm256_cmp_pd({src}, before, _CMP_UNORD_Q)) ? (double)NAN : _mm_cvtsd_f64(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f64x4) outs(%most : !f64_mem) {
    ^bb0(%x: f64, %old: f64):
      %r = arith.maximumf %old, %x : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @reduce_minimum_ps(%least: !f32_mem, %src: !f32x8)
      on @shuffle cost<latency = 24, interval = 16>
      c "{{ const __m256 before = _mm256_set1_ps(*({least})), wide = _mm256_or_ps(_mm256_min_ps({src}, before), _mm256_min_ps(before, {src})); __m128 found = _mm_or_ps(_mm_min_ps(_mm256_castps256_ps128(wide), _mm256_extractf128_ps(wide, 1)), _mm_min_ps(_mm256_extractf128_ps(wide, 1), _mm256_castps256_ps128(wide))); found = _mm_or_ps(_mm_min_ps(found, _mm_permute_ps(found, 78)), _mm_min_ps(_mm_permute_ps(found, 78), found)); found = _mm_or_ps(_mm_min_ps(found, _mm_permute_ps(found, 177)), _mm_min_ps(_mm_permute_ps(found, 177), found)); *({least}) = _mm256_movemask_ps(_mm256_cmp_ps({src}, before, _CMP_UNORD_Q)) ? NAN : _mm_cvtss_f32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f32x8) outs(%least : !f32_mem) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.minimumf %old, %x : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @reduce_minimum_pd(%least: !f64_mem, %src: !f64x4)
      on @shuffle cost<latency = 20, interval = 12>
      c "{{ const __m256d before = _mm256_set1_pd(*({least})), wide = _mm256_or_pd(_mm256_min_pd({src}, before), _mm256_min_pd(before, {src})); __m128d found = _mm_or_pd(_mm_min_pd(_mm256_castpd256_pd128(wide), _mm256_extractf128_pd(wide, 1)), _mm_min_pd(_mm256_extractf128_pd(wide, 1), _mm256_castpd256_pd128(wide))); found = _mm_or_pd(_mm_min_pd(found, _mm_permute_pd(found, 1)), _mm_min_pd(_mm_permute_pd(found, 1), found)); *({least}) = _mm256_movemask_pd(_mm256_cmp_pd({src}, before, _CMP_UNORD_Q)) ? (double)NAN : _mm_cvtsd_f64(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f64x4) outs(%least : !f64_mem) {
    ^bb0(%x: f64, %old: f64):
      %r = arith.minimumf %old, %x : f64
      linalg.yield %r : f64
    }
  }
}
