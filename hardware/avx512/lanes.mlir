// AVX-512: sums and extremes over the lanes of a register

#total = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>]

!f32x16 = memref<16xf32, @zmm>
!f32_mem = memref<f32, @mem>
!f64x8 = memref<8xf64, @zmm>
!f64_mem = memref<f64, @mem>
!i32x16 = memref<16xi32, @zmm>
!i32_mem = memref<i32, @mem>
!i64x8 = memref<8xi64, @zmm>
!i64_mem = memref<i64, @mem>

isa.target @avx512_lanes {
  isa.include "moves.mlir"

  // Sums, of floats in any order

  isa.instruction @reduce_add_ps(%sum: !f32_mem, %src: !f32x16)
      on @shuffle cost<latency = 14, interval = 8> c "*({sum}) += _mm512_reduce_add_ps({src});" {
    kernel.contract "i->"(%src) add %sum : (!f32x16, !f32_mem)
  }

  isa.instruction @reduce_add_pd(%sum: !f64_mem, %src: !f64x8)
      on @shuffle cost<latency = 12, interval = 6> c "*({sum}) += _mm512_reduce_add_pd({src});" {
    kernel.contract "i->"(%src) add %sum : (!f64x8, !f64_mem)
  }

  isa.instruction @reduce_add_epi32(%sum: !i32_mem, %src: !i32x16)
      on @shuffle cost<latency = 10, interval = 8> c "*({sum}) += _mm512_reduce_add_epi32({src});" {
    kernel.contract "i->"(%src) add %sum : (!i32x16, !i32_mem)
  }

  isa.instruction @reduce_add_epi64(%sum: !i64_mem, %src: !i64x8)
      on @shuffle cost<latency = 9, interval = 6> c "*({sum}) += _mm512_reduce_add_epi64({src});" {
    kernel.contract "i->"(%src) add %sum : (!i64x8, !i64_mem)
  }

  // Extremes of integers

  isa.instruction @reduce_max_epi32(%most: !i32_mem, %src: !i32x16)
      on @shuffle cost<latency = 10, interval = 8>
      c "{{ const int32_t found = _mm512_reduce_max_epi32({src}); if (found > *({most})) *({most}) = found; }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i32x16) outs(%most : !i32_mem) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.maxsi %old, %x : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @reduce_min_epi32(%least: !i32_mem, %src: !i32x16)
      on @shuffle cost<latency = 10, interval = 8>
      c "{{ const int32_t found = _mm512_reduce_min_epi32({src}); if (found < *({least})) *({least}) = found; }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i32x16) outs(%least : !i32_mem) {
    ^bb0(%x: i32, %old: i32):
      %r = arith.minsi %old, %x : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @reduce_max_epi64(%most: !i64_mem, %src: !i64x8)
      on @shuffle cost<latency = 10, interval = 8>
      c "{{ const int64_t found = _mm512_reduce_max_epi64({src}); if (found > *({most})) *({most}) = found; }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i64x8) outs(%most : !i64_mem) {
    ^bb0(%x: i64, %old: i64):
      %r = arith.maxsi %old, %x : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @reduce_min_epi64(%least: !i64_mem, %src: !i64x8)
      on @shuffle cost<latency = 10, interval = 8>
      c "{{ const int64_t found = _mm512_reduce_min_epi64({src}); if (found < *({least})) *({least}) = found; }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !i64x8) outs(%least : !i64_mem) {
    ^bb0(%x: i64, %old: i64):
      %r = arith.minsi %old, %x : i64
      linalg.yield %r : i64
    }
  }

  // IEEE 754's extremes of floats: a NaN stays a NaN, and -0 is less than +0

  isa.instruction @reduce_maximum_ps(%most: !f32_mem, %src: !f32x16)
      on @shuffle cost<latency = 24, interval = 14>
      c "{{ const __m512 before = _mm512_set1_ps(*({most})); __m512 found = _mm512_range_ps({src}, before, 5); found = _mm512_range_ps(found, _mm512_shuffle_f32x4(found, found, 78), 5); found = _mm512_range_ps(found, _mm512_shuffle_f32x4(found, found, 177), 5); found = _mm512_range_ps(found, _mm512_permute_ps(found, 78), 5); found = _mm512_range_ps(found, _mm512_permute_ps(found, 177), 5); *({most}) = _mm512_cmp_ps_mask({src}, before, _CMP_UNORD_Q) ? NAN : _mm512_cvtss_f32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f32x16) outs(%most : !f32_mem) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.maximumf %old, %x : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @reduce_maximum_pd(%most: !f64_mem, %src: !f64x8)
      on @shuffle cost<latency = 20, interval = 11>
      c "{{ const __m512d before = _mm512_set1_pd(*({most})); __m512d found = _mm512_range_pd({src}, before, 5); found = _mm512_range_pd(found, _mm512_shuffle_f64x2(found, found, 78), 5); found = _mm512_range_pd(found, _mm512_shuffle_f64x2(found, found, 177), 5); found = _mm512_range_pd(found, _mm512_permute_pd(found, 85), 5); *({most}) = _mm512_cmp_pd_mask({src}, before, _CMP_UNORD_Q) ? (double)NAN : _mm512_cvtsd_f64(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f64x8) outs(%most : !f64_mem) {
    ^bb0(%x: f64, %old: f64):
      %r = arith.maximumf %old, %x : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @reduce_minimum_ps(%least: !f32_mem, %src: !f32x16)
      on @shuffle cost<latency = 24, interval = 14>
      c "{{ const __m512 before = _mm512_set1_ps(*({least})); __m512 found = _mm512_range_ps({src}, before, 4); found = _mm512_range_ps(found, _mm512_shuffle_f32x4(found, found, 78), 4); found = _mm512_range_ps(found, _mm512_shuffle_f32x4(found, found, 177), 4); found = _mm512_range_ps(found, _mm512_permute_ps(found, 78), 4); found = _mm512_range_ps(found, _mm512_permute_ps(found, 177), 4); *({least}) = _mm512_cmp_ps_mask({src}, before, _CMP_UNORD_Q) ? NAN : _mm512_cvtss_f32(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f32x16) outs(%least : !f32_mem) {
    ^bb0(%x: f32, %old: f32):
      %r = arith.minimumf %old, %x : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @reduce_minimum_pd(%least: !f64_mem, %src: !f64x8)
      on @shuffle cost<latency = 20, interval = 11>
      c "{{ const __m512d before = _mm512_set1_pd(*({least})); __m512d found = _mm512_range_pd({src}, before, 4); found = _mm512_range_pd(found, _mm512_shuffle_f64x2(found, found, 78), 4); found = _mm512_range_pd(found, _mm512_shuffle_f64x2(found, found, 177), 4); found = _mm512_range_pd(found, _mm512_permute_pd(found, 85), 4); *({least}) = _mm512_cmp_pd_mask({src}, before, _CMP_UNORD_Q) ? (double)NAN : _mm512_cvtsd_f64(found); }}" {
    linalg.generic {indexing_maps = #total, iterator_types = ["reduction"]}
        ins(%src : !f64x8) outs(%least : !f64_mem) {
    ^bb0(%x: f64, %old: f64):
      %r = arith.minimumf %old, %x : f64
      linalg.yield %r : f64
    }
  }
}
