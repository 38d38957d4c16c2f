// AVX-512: 16 lanes of 64 bits, in pairs of registers

!i64x16 = memref<16xi64, @pair>
!i32x16 = memref<16xi32, @zmm>
!i8x16 = memref<16xi8, @xmm>
!i1x16 = memref<16xi1, @mask>
!f32x16 = memref<16xf32, @zmm>
!f64x16 = memref<16xf64, @pair>

isa.target @avx512_pairs {
  isa.include "moves.mlir"
  isa.include "moves_16.mlir"

  // 16 x i64: to and from narrower integers

  isa.instruction @cvtepi32_epi64(%dst: !i64x16, %src: !i32x16)
      on @shuffle cost<latency = 8, interval = 3>
      c "{dst}.low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256({src})); {dst}.high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64({src}, 1));" {
    linalg.map { arith.extsi } ins(%src : !i32x16) outs(%dst : !i64x16)
  }

  isa.instruction @cvtepu32_epi64(%dst: !i64x16, %src: !i32x16)
      on @shuffle cost<latency = 8, interval = 3>
      c "{dst}.low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256({src})); {dst}.high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64({src}, 1));" {
    linalg.map { arith.extui } ins(%src : !i32x16) outs(%dst : !i64x16)
  }

  // A product of 32 by 32 bits with all of its 64 bits; one of them is most often a constant, which is
  // widened once.
  isa.instruction @mul_epi32(%dst: !i64x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 11, interval = 5>
      c "{dst}.low = _mm512_mul_epi32(_mm512_cvtepu32_epi64(_mm512_castsi512_si256({a})), _mm512_cvtepu32_epi64(_mm512_castsi512_si256({b}))); {dst}.high = _mm512_mul_epi32(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64({a}, 1)), _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64({b}, 1)));" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i64x16) (%x: i32, %y: i32) {
      %u = arith.extsi %x : i32 to i64
      %v = arith.extsi %y : i32 to i64
      %r = arith.muli %u, %v : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @cvtepi64_epi32(%dst: !i32x16, %src: !i64x16)
      on @shuffle cost<latency = 9, interval = 4>
      c "{dst} = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi64_epi32({src}.low)), _mm512_cvtepi64_epi32({src}.high), 1);" {
    linalg.map { arith.trunci } ins(%src : !i64x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepi64_epi8(%dst: !i8x16, %src: !i64x16)
      on @shuffle cost<latency = 7, interval = 5>
      c "{dst} = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8({src}.low), _mm512_cvtepi64_epi8({src}.high));" {
    linalg.map { arith.trunci } ins(%src : !i64x16) outs(%dst : !i8x16)
  }

  // Limited to the range of the narrow type.
  isa.instruction @cvtsepi64_epi32(%dst: !i32x16, %src: !i64x16)
      on @shuffle cost<latency = 9, interval = 4>
      c "{dst} = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtsepi64_epi32({src}.low)), _mm512_cvtsepi64_epi32({src}.high), 1);" {
    linalg.map ins(%src : !i64x16) outs(%dst : !i32x16) (%x: i64) {
      %least = arith.constant -2147483648 : i64
      %most = arith.constant 2147483647 : i64
      %low = arith.maxsi %x, %least : i64
      %near = arith.minsi %low, %most : i64
      %r = arith.trunci %near : i64 to i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @cvtsepi64_epi8(%dst: !i8x16, %src: !i64x16)
      on @shuffle cost<latency = 7, interval = 5>
      c "{dst} = _mm_unpacklo_epi64(_mm512_cvtsepi64_epi8({src}.low), _mm512_cvtsepi64_epi8({src}.high));" {
    linalg.map ins(%src : !i64x16) outs(%dst : !i8x16) (%x: i64) {
      %least = arith.constant -128 : i64
      %most = arith.constant 127 : i64
      %low = arith.maxsi %x, %least : i64
      %near = arith.minsi %low, %most : i64
      %r = arith.trunci %near : i64 to i8
      linalg.yield %r : i8
    }
  }

  // 16 x i64: arithmetic, which wraps around

  isa.instruction @add_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_add_epi64({a}.low, {b}.low); {dst}.high = _mm512_add_epi64({a}.high, {b}.high);" {
    linalg.map { arith.addi } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @sub_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_sub_epi64({a}.low, {b}.low); {dst}.high = _mm512_sub_epi64({a}.high, {b}.high);" {
    linalg.map { arith.subi } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @mullo_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @fma cost<latency = 3, interval = 2>
      c "{dst}.low = _mm512_mullo_epi64({a}.low, {b}.low); {dst}.high = _mm512_mullo_epi64({a}.high, {b}.high);" {
    linalg.map { arith.muli } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @max_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_max_epi64({a}.low, {b}.low); {dst}.high = _mm512_max_epi64({a}.high, {b}.high);" {
    linalg.map { arith.maxsi } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @min_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_min_epi64({a}.low, {b}.low); {dst}.high = _mm512_min_epi64({a}.high, {b}.high);" {
    linalg.map { arith.minsi } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @and_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_and_si512({a}.low, {b}.low); {dst}.high = _mm512_and_si512({a}.high, {b}.high);" {
    linalg.map { arith.andi } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @or_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_or_si512({a}.low, {b}.low); {dst}.high = _mm512_or_si512({a}.high, {b}.high);" {
    linalg.map { arith.ori } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @xor_epi64_16(%dst: !i64x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_xor_si512({a}.low, {b}.low); {dst}.high = _mm512_xor_si512({a}.high, {b}.high);" {
    linalg.map { arith.xori } ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  isa.instruction @slli_epi64_16(%dst: !i64x16, %a: !i64x16, %bits: i64)
      on @shuffle cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_slli_epi64({a}.low, (unsigned int)({bits})); {dst}.high = _mm512_slli_epi64({a}.high, (unsigned int)({bits}));" {
    linalg.map ins(%a : !i64x16) outs(%dst : !i64x16) (%x: i64) {
      %r = arith.shli %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srli_epi64_16(%dst: !i64x16, %a: !i64x16, %bits: i64)
      on @shuffle cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_srli_epi64({a}.low, (unsigned int)({bits})); {dst}.high = _mm512_srli_epi64({a}.high, (unsigned int)({bits}));" {
    linalg.map ins(%a : !i64x16) outs(%dst : !i64x16) (%x: i64) {
      %r = arith.shrui %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srai_epi64_16(%dst: !i64x16, %a: !i64x16, %bits: i64)
      on @shuffle cost<latency = 1, interval = 2>
      c "{dst}.low = _mm512_srai_epi64({a}.low, (unsigned int)({bits})); {dst}.high = _mm512_srai_epi64({a}.high, (unsigned int)({bits}));" {
    linalg.map ins(%a : !i64x16) outs(%dst : !i64x16) (%x: i64) {
      %r = arith.shrsi %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @cmpeq_epi64_16(%dst: !i1x16, %a: !i64x16, %b: !i64x16)
      on @shuffle cost<latency = 6, interval = 4>
      c "{dst} = _mm512_kunpackb(_mm512_cmpeq_epi64_mask({a}.high, {b}.high), _mm512_cmpeq_epi64_mask({a}.low, {b}.low));" {
    linalg.map ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i1x16) (%x: i64, %y: i64) {
      %r = arith.cmpi eq, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi64_16(%dst: !i1x16, %a: !i64x16, %b: !i64x16)
      on @shuffle cost<latency = 6, interval = 4>
      c "{dst} = _mm512_kunpackb(_mm512_cmplt_epi64_mask({a}.high, {b}.high), _mm512_cmplt_epi64_mask({a}.low, {b}.low));" {
    linalg.map ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i1x16) (%x: i64, %y: i64) {
      %r = arith.cmpi slt, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epi64_16(%dst: !i1x16, %a: !i64x16, %b: !i64x16)
      on @shuffle cost<latency = 6, interval = 4>
      c "{dst} = _mm512_kunpackb(_mm512_cmple_epi64_mask({a}.high, {b}.high), _mm512_cmple_epi64_mask({a}.low, {b}.low));" {
    linalg.map ins(%a, %b : !i64x16, !i64x16) outs(%dst : !i1x16) (%x: i64, %y: i64) {
      %r = arith.cmpi sle, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_epi64_16(%dst: !i64x16, %mask: !i1x16, %a: !i64x16, %b: !i64x16)
      on @alu cost<latency = 3, interval = 3>
      c "{dst}.low = _mm512_mask_blend_epi64((__mmask8)({mask}), {b}.low, {a}.low); {dst}.high = _mm512_mask_blend_epi64((__mmask8)(({mask}) >> 8), {b}.high, {a}.high);" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x16, !i64x16, !i64x16) outs(%dst : !i64x16)
  }

  // 16 x f64: to and from narrower types

  isa.instruction @cvtps_pd(%dst: !f64x16, %src: !f32x16) on @add cost<latency = 8, interval = 5>
      c "{dst}.low = _mm512_cvtps_pd(_mm512_castps512_ps256({src})); {dst}.high = _mm512_cvtps_pd(_mm512_extractf32x8_ps({src}, 1));" {
    linalg.map { arith.extf } ins(%src : !f32x16) outs(%dst : !f64x16)
  }

  isa.instruction @cvtpd_ps(%dst: !f32x16, %src: !f64x16) on @add cost<latency = 9, interval = 5>
      c "{dst} = _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps({src}.low)), _mm512_cvtpd_ps({src}.high), 1);" {
    linalg.map { arith.truncf } ins(%src : !f64x16) outs(%dst : !f32x16)
  }

  isa.instruction @cvtepi32_pd(%dst: !f64x16, %src: !i32x16) on @add cost<latency = 8, interval = 5>
      c "{dst}.low = _mm512_cvtepi32_pd(_mm512_castsi512_si256({src})); {dst}.high = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64({src}, 1));" {
    linalg.map { arith.sitofp } ins(%src : !i32x16) outs(%dst : !f64x16)
  }

  isa.instruction @cvttpd_epi32(%dst: !i32x16, %src: !f64x16)
      on @add cost<latency = 9, interval = 5>
      c "{dst} = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvttpd_epi32({src}.low)), _mm512_cvttpd_epi32({src}.high), 1);" {
    linalg.map { arith.fptosi } ins(%src : !f64x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepi64_pd_16(%dst: !f64x16, %src: !i64x16)
      on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm512_cvtepi64_pd({src}.low); {dst}.high = _mm512_cvtepi64_pd({src}.high);" {
    linalg.map { arith.sitofp } ins(%src : !i64x16) outs(%dst : !f64x16)
  }

  isa.instruction @cvttpd_epi64_16(%dst: !i64x16, %src: !f64x16)
      on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm512_cvttpd_epi64({src}.low); {dst}.high = _mm512_cvttpd_epi64({src}.high);" {
    linalg.map { arith.fptosi } ins(%src : !f64x16) outs(%dst : !i64x16)
  }

  // 16 x f64: arithmetic

  isa.instruction @add_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm512_add_pd({a}.low, {b}.low); {dst}.high = _mm512_add_pd({a}.high, {b}.high);" {
    linalg.map { arith.addf } ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16)
  }

  isa.instruction @sub_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm512_sub_pd({a}.low, {b}.low); {dst}.high = _mm512_sub_pd({a}.high, {b}.high);" {
    linalg.map { arith.subf } ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16)
  }

  isa.instruction @mul_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @fma cost<latency = 3, interval = 2>
      c "{dst}.low = _mm512_mul_pd({a}.low, {b}.low); {dst}.high = _mm512_mul_pd({a}.high, {b}.high);" {
    linalg.map { arith.mulf } ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16)
  }

  isa.instruction @div_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @fma cost<latency = 22, interval = 36>
      c "{dst}.low = _mm512_div_pd({a}.low, {b}.low); {dst}.high = _mm512_div_pd({a}.high, {b}.high);" {
    linalg.map { arith.divf } ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16)
  }

  isa.instruction @fma_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16, %c: !f64x16)
      on @fma cost<latency = 4, interval = 2>
      c "{dst}.low = _mm512_fmadd_pd({a}.low, {b}.low, {c}.low); {dst}.high = _mm512_fmadd_pd({a}.high, {b}.high, {c}.high);" {
    linalg.map ins(%a, %b, %c : !f64x16, !f64x16, !f64x16) outs(%dst : !f64x16)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.addf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @roundeven_pd_16(%dst: !f64x16, %a: !f64x16)
      on @add cost<latency = 3, interval = 2>
      c "{dst}.low = _mm512_roundscale_pd({a}.low, 8); {dst}.high = _mm512_roundscale_pd({a}.high, 8);" {
    linalg.map { math.roundeven } ins(%a : !f64x16) outs(%dst : !f64x16)
  }

  isa.instruction @max_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm512_max_pd({a}.low, {b}.low); {dst}.high = _mm512_max_pd({a}.high, {b}.high);" {
    linalg.map ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16) (%x: f64, %y: f64) {
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @min_pd_16(%dst: !f64x16, %a: !f64x16, %b: !f64x16)
      on @add cost<latency = 2, interval = 2>
      c "{dst}.low = _mm512_min_pd({a}.low, {b}.low); {dst}.high = _mm512_min_pd({a}.high, {b}.high);" {
    linalg.map ins(%a, %b : !f64x16, !f64x16) outs(%dst : !f64x16) (%x: f64, %y: f64) {
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }
}
