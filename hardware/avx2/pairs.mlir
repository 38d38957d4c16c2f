// AVX2: 8 lanes of 64 bits, in pairs of registers

!i64x8 = memref<8xi64, @pair>
!i32x8 = memref<8xi32, @ymm>
!i8x8 = memref<8xi8, @half>
!i1x8 = memref<8xi1, @mask>
!f32x8 = memref<8xf32, @ymm>
!f64x8 = memref<8xf64, @pair>

isa.target @avx2_pairs {
  isa.include "moves.mlir"
  isa.include "moves_8.mlir"

  // 8 x i64: to and from narrower integers

  isa.instruction @cvtepi32_epi64(%dst: !i64x8, %src: !i32x8)
      on @shuffle cost<latency = 7, interval = 3>
      c "{dst}.low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128({src})); {dst}.high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256({src}, 1));" {
    linalg.map { arith.extsi } ins(%src : !i32x8) outs(%dst : !i64x8)
  }

  isa.instruction @cvtepu32_epi64(%dst: !i64x8, %src: !i32x8)
      on @shuffle cost<latency = 7, interval = 3>
      c "{dst}.low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128({src})); {dst}.high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256({src}, 1));" {
    linalg.map { arith.extui } ins(%src : !i32x8) outs(%dst : !i64x8)
  }

  // A product of 32 by 32 bits with all of its 64 bits; one of them is most often a constant, which is
  // widened once.
  isa.instruction @mul_epi32(%dst: !i64x8, %a: !i32x8, %b: !i32x8)
      on @shuffle cost<latency = 10, interval = 5>
      c "{dst}.low = _mm256_mul_epi32(_mm256_cvtepu32_epi64(_mm256_castsi256_si128({a})), _mm256_cvtepu32_epi64(_mm256_castsi256_si128({b}))); {dst}.high = _mm256_mul_epi32(_mm256_cvtepu32_epi64(_mm256_extracti128_si256({a}, 1)), _mm256_cvtepu32_epi64(_mm256_extracti128_si256({b}, 1)));" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i64x8) (%x: i32, %y: i32) {
      %u = arith.extsi %x : i32 to i64
      %v = arith.extsi %y : i32 to i64
      %r = arith.muli %u, %v : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @cvtepi64_epi32(%dst: !i32x8, %src: !i64x8)
      on @shuffle cost<latency = 5, interval = 2>
      c "{dst} = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps({src}.low), _mm256_castsi256_ps({src}.high), 136)), 216);" {
    linalg.map { arith.trunci } ins(%src : !i64x8) outs(%dst : !i32x8)
  }

  isa.instruction @cvtepi64_epi8(%dst: !i8x8, %src: !i64x8)
      on @shuffle cost<latency = 10, interval = 6>
      c "{{ const __m256i bytes = _mm256_shuffle_epi8(_mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps({src}.low), _mm256_castsi256_ps({src}.high), 136)), 216), _mm256_set1_epi32(0x0c080400)); {dst} = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)); }}" {
    linalg.map { arith.trunci } ins(%src : !i64x8) outs(%dst : !i8x8)
  }

  // 8 x i64: arithmetic, which wraps around

  isa.instruction @add_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_add_epi64({a}.low, {b}.low); {dst}.high = _mm256_add_epi64({a}.high, {b}.high);" {
    linalg.map { arith.addi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @sub_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_sub_epi64({a}.low, {b}.low); {dst}.high = _mm256_sub_epi64({a}.high, {b}.high);" {
    linalg.map { arith.subi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @mullo_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @fma cost<latency = 9, interval = 10>
      c "{dst}.low = _mm256_add_epi64(_mm256_mul_epu32({a}.low, {b}.low), _mm256_slli_epi64(_mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64({a}.low, 32), {b}.low), _mm256_mul_epu32({a}.low, _mm256_srli_epi64({b}.low, 32))), 32)); {dst}.high = _mm256_add_epi64(_mm256_mul_epu32({a}.high, {b}.high), _mm256_slli_epi64(_mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64({a}.high, 32), {b}.high), _mm256_mul_epu32({a}.high, _mm256_srli_epi64({b}.high, 32))), 32));" {
    linalg.map { arith.muli } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @max_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 3, interval = 8>
      c "{dst}.low = _mm256_blendv_epi8({b}.low, {a}.low, _mm256_cmpgt_epi64({a}.low, {b}.low)); {dst}.high = _mm256_blendv_epi8({b}.high, {a}.high, _mm256_cmpgt_epi64({a}.high, {b}.high));" {
    linalg.map { arith.maxsi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @min_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 3, interval = 8>
      c "{dst}.low = _mm256_blendv_epi8({a}.low, {b}.low, _mm256_cmpgt_epi64({a}.low, {b}.low)); {dst}.high = _mm256_blendv_epi8({a}.high, {b}.high, _mm256_cmpgt_epi64({a}.high, {b}.high));" {
    linalg.map { arith.minsi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @and_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_and_si256({a}.low, {b}.low); {dst}.high = _mm256_and_si256({a}.high, {b}.high);" {
    linalg.map { arith.andi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @or_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_or_si256({a}.low, {b}.low); {dst}.high = _mm256_or_si256({a}.high, {b}.high);" {
    linalg.map { arith.ori } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @xor_epi64_8(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_xor_si256({a}.low, {b}.low); {dst}.high = _mm256_xor_si256({a}.high, {b}.high);" {
    linalg.map { arith.xori } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @slli_epi64_8(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_slli_epi64({a}.low, (int)({bits})); {dst}.high = _mm256_slli_epi64({a}.high, (int)({bits}));" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shli %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srli_epi64_8(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 1, interval = 2>
      c "{dst}.low = _mm256_srli_epi64({a}.low, (int)({bits})); {dst}.high = _mm256_srli_epi64({a}.high, (int)({bits}));" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shrui %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srai_epi64_8(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 3, interval = 4>
      c "{dst}.low = _mm256_sub_epi64(_mm256_xor_si256(_mm256_srli_epi64({a}.low, (int)({bits})), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits})))), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits})))); {dst}.high = _mm256_sub_epi64(_mm256_xor_si256(_mm256_srli_epi64({a}.high, (int)({bits})), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits})))), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits}))));" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shrsi %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @cmpeq_epi64_8(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 7, interval = 4>
      c "{dst} = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi64({a}.low, {b}.low)), _mm256_castsi256_ps(_mm256_cmpeq_epi64({a}.high, {b}.high)), 136)), 216);" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi eq, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi64_8(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 7, interval = 4>
      c "{dst} = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi64({b}.low, {a}.low)), _mm256_castsi256_ps(_mm256_cmpgt_epi64({b}.high, {a}.high)), 136)), 216);" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi slt, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_epi64_8(%dst: !i64x8, %mask: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 8, interval = 5>
      c "{dst}.low = _mm256_blendv_epi8({b}.low, {a}.low, _mm256_cvtepi32_epi64(_mm256_castsi256_si128({mask}))); {dst}.high = _mm256_blendv_epi8({b}.high, {a}.high, _mm256_cvtepi32_epi64(_mm256_extracti128_si256({mask}, 1)));" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x8, !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  // 8 x f64: to and from narrower types

  isa.instruction @cvtps_pd(%dst: !f64x8, %src: !f32x8) on @add cost<latency = 7, interval = 4>
      c "{dst}.low = _mm256_cvtps_pd(_mm256_castps256_ps128({src})); {dst}.high = _mm256_cvtps_pd(_mm256_extractf128_ps({src}, 1));" {
    linalg.map { arith.extf } ins(%src : !f32x8) outs(%dst : !f64x8)
  }

  isa.instruction @cvtpd_ps(%dst: !f32x8, %src: !f64x8) on @add cost<latency = 8, interval = 4>
      c "{dst} = _mm256_set_m128(_mm256_cvtpd_ps({src}.high), _mm256_cvtpd_ps({src}.low));" {
    linalg.map { arith.truncf } ins(%src : !f64x8) outs(%dst : !f32x8)
  }

  isa.instruction @cvtepi32_pd(%dst: !f64x8, %src: !i32x8) on @add cost<latency = 7, interval = 4>
      c "{dst}.low = _mm256_cvtepi32_pd(_mm256_castsi256_si128({src})); {dst}.high = _mm256_cvtepi32_pd(_mm256_extracti128_si256({src}, 1));" {
    linalg.map { arith.sitofp } ins(%src : !i32x8) outs(%dst : !f64x8)
  }

  isa.instruction @cvttpd_epi32(%dst: !i32x8, %src: !f64x8) on @add cost<latency = 8, interval = 4>
      c "{dst} = _mm256_set_m128i(_mm256_cvttpd_epi32({src}.high), _mm256_cvttpd_epi32({src}.low));" {
    linalg.map { arith.fptosi } ins(%src : !f64x8) outs(%dst : !i32x8)
  }

  // 8 x f64: arithmetic

  isa.instruction @add_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm256_add_pd({a}.low, {b}.low); {dst}.high = _mm256_add_pd({a}.high, {b}.high);" {
    linalg.map { arith.addf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @sub_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm256_sub_pd({a}.low, {b}.low); {dst}.high = _mm256_sub_pd({a}.high, {b}.high);" {
    linalg.map { arith.subf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @mul_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @fma cost<latency = 3, interval = 2>
      c "{dst}.low = _mm256_mul_pd({a}.low, {b}.low); {dst}.high = _mm256_mul_pd({a}.high, {b}.high);" {
    linalg.map { arith.mulf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @div_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @fma cost<latency = 18, interval = 20>
      c "{dst}.low = _mm256_div_pd({a}.low, {b}.low); {dst}.high = _mm256_div_pd({a}.high, {b}.high);" {
    linalg.map { arith.divf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @fma_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8, %c: !f64x8)
      on @fma cost<latency = 4, interval = 2>
      c "{dst}.low = _mm256_fmadd_pd({a}.low, {b}.low, {c}.low); {dst}.high = _mm256_fmadd_pd({a}.high, {b}.high, {c}.high);" {
    linalg.map ins(%a, %b, %c : !f64x8, !f64x8, !f64x8) outs(%dst : !f64x8)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.addf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @roundeven_pd_8(%dst: !f64x8, %a: !f64x8) on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm256_round_pd({a}.low, 8); {dst}.high = _mm256_round_pd({a}.high, 8);" {
    linalg.map { math.roundeven } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @max_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm256_max_pd({a}.low, {b}.low); {dst}.high = _mm256_max_pd({a}.high, {b}.high);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8) (%x: f64, %y: f64) {
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @min_pd_8(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm256_min_pd({a}.low, {b}.low); {dst}.high = _mm256_min_pd({a}.high, {b}.high);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8) (%x: f64, %y: f64) {
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }
}
