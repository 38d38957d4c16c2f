// AVX2: conversions of 8 lanes, and of bytes in whole registers

!i8x8 = memref<8xi8, @half>
!i16x8 = memref<8xi16, @xmm>
!i32x8 = memref<8xi32, @ymm>
!f32x8 = memref<8xf32, @ymm>
!bf16x8 = memref<8xbf16, @xmm>
!i8x16 = memref<16xi8, @xmm>
!i16x16 = memref<16xi16, @ymm>
!i64x4 = memref<4xi64, @ymm>
!f64x4 = memref<4xf64, @ymm>
!i1x8 = memref<8xi1, @mask>

isa.target @avx2_conversions {
  isa.include "moves.mlir"
  isa.include "moves_8.mlir"

  // Wider integers

  isa.instruction @cvtepi8_epi32(%dst: !i32x8, %src: !i8x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepi8_epi32({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x8) outs(%dst : !i32x8)
  }

  isa.instruction @cvtepu8_epi32(%dst: !i32x8, %src: !i8x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepu8_epi32({src});" {
    linalg.map { arith.extui } ins(%src : !i8x8) outs(%dst : !i32x8)
  }

  isa.instruction @cvtepi16_epi32(%dst: !i32x8, %src: !i16x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepi16_epi32({src});" {
    linalg.map { arith.extsi } ins(%src : !i16x8) outs(%dst : !i32x8)
  }

  isa.instruction @cvtepu16_epi32(%dst: !i32x8, %src: !i16x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepu16_epi32({src});" {
    linalg.map { arith.extui } ins(%src : !i16x8) outs(%dst : !i32x8)
  }

  isa.instruction @cvtepi8_epi16_8(%dst: !i16x8, %src: !i8x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm_cvtepi8_epi16({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x8) outs(%dst : !i16x8)
  }

  isa.instruction @cvtepu8_epi16_8(%dst: !i16x8, %src: !i8x8)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm_cvtepu8_epi16({src});" {
    linalg.map { arith.extui } ins(%src : !i8x8) outs(%dst : !i16x8)
  }

  isa.instruction @cvtepi8_epi16(%dst: !i16x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepi8_epi16({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x16) outs(%dst : !i16x16)
  }

  isa.instruction @cvtepu8_epi16(%dst: !i16x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepu8_epi16({src});" {
    linalg.map { arith.extui } ins(%src : !i8x16) outs(%dst : !i16x16)
  }

  // Narrower integers: what is too large wraps around

  isa.instruction @cvtepi32_epi8(%dst: !i8x8, %src: !i32x8)
      on @shuffle cost<latency = 6, interval = 3>
      c "{{ const __m256i bytes = _mm256_shuffle_epi8({src}, _mm256_set1_epi32(0x0c080400)); {dst} = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)); }}" {
    linalg.map { arith.trunci } ins(%src : !i32x8) outs(%dst : !i8x8)
  }

  isa.instruction @cvtepi32_epi16(%dst: !i16x8, %src: !i32x8)
      on @shuffle cost<latency = 6, interval = 3>
      c "{{ const __m256i words = _mm256_shuffle_epi8({src}, _mm256_set1_epi64x(0x0d0c090805040100)); {dst} = _mm_unpacklo_epi64(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)); }}" {
    linalg.map { arith.trunci } ins(%src : !i32x8) outs(%dst : !i16x8)
  }

  isa.instruction @cvtepi16_epi8_8(%dst: !i8x8, %src: !i16x8)
      on @shuffle cost<latency = 1, interval = 1>
      c "{dst} = _mm_shuffle_epi8({src}, _mm_set1_epi64x(0x0e0c0a0806040200));" {
    linalg.map { arith.trunci } ins(%src : !i16x8) outs(%dst : !i8x8)
  }

  isa.instruction @cvtepi16_epi8(%dst: !i8x16, %src: !i16x16)
      on @shuffle cost<latency = 6, interval = 3>
      c "{{ const __m256i bytes = _mm256_and_si256({src}, _mm256_set1_epi16(255)); {dst} = _mm_packus_epi16(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1)); }}" {
    linalg.map { arith.trunci } ins(%src : !i16x16) outs(%dst : !i8x16)
  }

  // Limited to the range of the narrow type.
  isa.instruction @packs_epi32_epi8(%dst: !i8x8, %src: !i32x8)
      on @shuffle cost<latency = 6, interval = 3>
      c "{{ const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)); {dst} = _mm_packs_epi16(words, words); }}" {
    linalg.map ins(%src : !i32x8) outs(%dst : !i8x8) (%x: i32) {
      %least = arith.constant -128 : i32
      %most = arith.constant 127 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i8
      linalg.yield %r : i8
    }
  }

  isa.instruction @packs_epi32_epi16(%dst: !i16x8, %src: !i32x8)
      on @shuffle cost<latency = 5, interval = 2>
      c "{dst} = _mm_packs_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1));" {
    linalg.map ins(%src : !i32x8) outs(%dst : !i16x8) (%x: i32) {
      %least = arith.constant -32768 : i32
      %most = arith.constant 32767 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @packs_epi16_epi8_8(%dst: !i8x8, %src: !i16x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm_packs_epi16({src}, {src});" {
    linalg.map ins(%src : !i16x8) outs(%dst : !i8x8) (%x: i16) {
      %least = arith.constant -128 : i16
      %most = arith.constant 127 : i16
      %low = arith.maxsi %x, %least : i16
      %near = arith.minsi %low, %most : i16
      %r = arith.trunci %near : i16 to i8
      linalg.yield %r : i8
    }
  }

  isa.instruction @packs_epi16_epi8(%dst: !i8x16, %src: !i16x16)
      on @shuffle cost<latency = 5, interval = 2>
      c "{dst} = _mm_packs_epi16(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1));" {
    linalg.map ins(%src : !i16x16) outs(%dst : !i8x16) (%x: i16) {
      %least = arith.constant -128 : i16
      %most = arith.constant 127 : i16
      %low = arith.maxsi %x, %least : i16
      %near = arith.minsi %low, %most : i16
      %r = arith.trunci %near : i16 to i8
      linalg.yield %r : i8
    }
  }

  // Limited to the range of the narrow type without a sign.
  isa.instruction @packus_epi32_epi8(%dst: !i8x8, %src: !i32x8)
      on @shuffle cost<latency = 6, interval = 3>
      c "{{ const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128({src}), _mm256_extracti128_si256({src}, 1)); {dst} = _mm_packus_epi16(words, words); }}" {
    linalg.map ins(%src : !i32x8) outs(%dst : !i8x8) (%x: i32) {
      %least = arith.constant 0 : i32
      %most = arith.constant 255 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i8
      linalg.yield %r : i8
    }
  }

  // Integers and floats

  isa.instruction @cvtepi32_ps(%dst: !f32x8, %src: !i32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_cvtepi32_ps({src});" {
    linalg.map { arith.sitofp } ins(%src : !i32x8) outs(%dst : !f32x8)
  }

  isa.instruction @cvttps_epi32(%dst: !i32x8, %src: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_cvttps_epi32({src});" {
    linalg.map { arith.fptosi } ins(%src : !f32x8) outs(%dst : !i32x8)
  }

  // The same bits

  isa.instruction @castps_si256(%dst: !i32x8, %src: !f32x8)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm256_castps_si256({src});" {
    linalg.map { arith.bitcast } ins(%src : !f32x8) outs(%dst : !i32x8)
  }

  isa.instruction @castsi256_ps(%dst: !f32x8, %src: !i32x8)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm256_castsi256_ps({src});" {
    linalg.map { arith.bitcast } ins(%src : !i32x8) outs(%dst : !f32x8)
  }

  isa.instruction @castpd_si256(%dst: !i64x4, %src: !f64x4)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm256_castpd_si256({src});" {
    linalg.map { arith.bitcast } ins(%src : !f64x4) outs(%dst : !i64x4)
  }

  isa.instruction @castsi256_pd(%dst: !f64x4, %src: !i64x4)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm256_castsi256_pd({src});" {
    linalg.map { arith.bitcast } ins(%src : !i64x4) outs(%dst : !f64x4)
  }

  // bf16, the upper half of an f32: rounded to the nearest even one, also where denormal

  isa.instruction @cvtpbh_ps(%dst: !f32x8, %src: !bf16x8)
      on @shuffle cost<latency = 5, interval = 2>
      c "{dst} = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32({src}), 16));" {
    linalg.map { arith.extf } ins(%src : !bf16x8) outs(%dst : !f32x8)
  }

  isa.instruction @cvtps_pbh(%dst: !bf16x8, %src: !f32x8)
      on @shuffle cost<latency = 12, interval = 6>
      c "{{ const __m256i bits = _mm256_castps_si256({src}), upper = _mm256_srli_epi32(bits, 16), odd = _mm256_and_si256(upper, _mm256_set1_epi32(1)), near = _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, odd), _mm256_set1_epi32(0x7fff)), 16), quiet = _mm256_or_si256(upper, _mm256_set1_epi32(0x40)), words = _mm256_blendv_epi8(near, quiet, _mm256_castps_si256(_mm256_cmp_ps({src}, {src}, _CMP_UNORD_Q))); {dst} = _mm_packus_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)); }}" {
    linalg.map { arith.truncf } ins(%src : !f32x8) outs(%dst : !bf16x8)
  }

  // Masks as integers

  isa.instruction @movm_epi32(%dst: !i32x8, %src: !i1x8)
      on @rename cost<latency = 1, interval = 1> c "{dst} = {src};" {
    linalg.map { arith.extsi } ins(%src : !i1x8) outs(%dst : !i32x8)
  }

  isa.instruction @maskz_set1_epi32(%dst: !i32x8, %src: !i1x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srli_epi32({src}, 31);" {
    linalg.map { arith.extui } ins(%src : !i1x8) outs(%dst : !i32x8)
  }
}
