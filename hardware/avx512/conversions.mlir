// AVX-512: conversions of 16 lanes, and of bytes in whole registers

!i8x16 = memref<16xi8, @xmm>
!i16x16 = memref<16xi16, @ymm>
!i32x16 = memref<16xi32, @zmm>
!f32x16 = memref<16xf32, @zmm>
!bf16x16 = memref<16xbf16, @ymm>
!i8x32 = memref<32xi8, @ymm>
!i16x32 = memref<32xi16, @zmm>
!i64x8 = memref<8xi64, @zmm>
!f64x8 = memref<8xf64, @zmm>
!i1x16 = memref<16xi1, @mask>

isa.target @avx512_conversions {
  isa.include "moves.mlir"
  isa.include "moves_16.mlir"

  // Wider integers

  isa.instruction @cvtepi8_epi32(%dst: !i32x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepi8_epi32({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepu8_epi32(%dst: !i32x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepu8_epi32({src});" {
    linalg.map { arith.extui } ins(%src : !i8x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepi16_epi32(%dst: !i32x16, %src: !i16x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepi16_epi32({src});" {
    linalg.map { arith.extsi } ins(%src : !i16x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepu16_epi32(%dst: !i32x16, %src: !i16x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepu16_epi32({src});" {
    linalg.map { arith.extui } ins(%src : !i16x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepi8_epi16_16(%dst: !i16x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepi8_epi16({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x16) outs(%dst : !i16x16)
  }

  isa.instruction @cvtepu8_epi16_16(%dst: !i16x16, %src: !i8x16)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm256_cvtepu8_epi16({src});" {
    linalg.map { arith.extui } ins(%src : !i8x16) outs(%dst : !i16x16)
  }

  isa.instruction @cvtepi8_epi16(%dst: !i16x32, %src: !i8x32)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepi8_epi16({src});" {
    linalg.map { arith.extsi } ins(%src : !i8x32) outs(%dst : !i16x32)
  }

  isa.instruction @cvtepu8_epi16(%dst: !i16x32, %src: !i8x32)
      on @shuffle cost<latency = 4, interval = 1> c "{dst} = _mm512_cvtepu8_epi16({src});" {
    linalg.map { arith.extui } ins(%src : !i8x32) outs(%dst : !i16x32)
  }

  // Narrower integers: what is too large wraps around

  isa.instruction @cvtepi32_epi8(%dst: !i8x16, %src: !i32x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtepi32_epi8({src});" {
    linalg.map { arith.trunci } ins(%src : !i32x16) outs(%dst : !i8x16)
  }

  isa.instruction @cvtepi32_epi16(%dst: !i16x16, %src: !i32x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtepi32_epi16({src});" {
    linalg.map { arith.trunci } ins(%src : !i32x16) outs(%dst : !i16x16)
  }

  isa.instruction @cvtepi16_epi8_16(%dst: !i8x16, %src: !i16x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm256_cvtepi16_epi8({src});" {
    linalg.map { arith.trunci } ins(%src : !i16x16) outs(%dst : !i8x16)
  }

  isa.instruction @cvtepi16_epi8(%dst: !i8x32, %src: !i16x32)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtepi16_epi8({src});" {
    linalg.map { arith.trunci } ins(%src : !i16x32) outs(%dst : !i8x32)
  }

  // Limited to the range of the narrow type.
  isa.instruction @cvtsepi32_epi8(%dst: !i8x16, %src: !i32x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtsepi32_epi8({src});" {
    linalg.map ins(%src : !i32x16) outs(%dst : !i8x16) (%x: i32) {
      %least = arith.constant -128 : i32
      %most = arith.constant 127 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i8
      linalg.yield %r : i8
    }
  }

  isa.instruction @cvtsepi32_epi16(%dst: !i16x16, %src: !i32x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtsepi32_epi16({src});" {
    linalg.map ins(%src : !i32x16) outs(%dst : !i16x16) (%x: i32) {
      %least = arith.constant -32768 : i32
      %most = arith.constant 32767 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @cvtsepi16_epi8_16(%dst: !i8x16, %src: !i16x16)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm256_cvtsepi16_epi8({src});" {
    linalg.map ins(%src : !i16x16) outs(%dst : !i8x16) (%x: i16) {
      %least = arith.constant -128 : i16
      %most = arith.constant 127 : i16
      %low = arith.maxsi %x, %least : i16
      %near = arith.minsi %low, %most : i16
      %r = arith.trunci %near : i16 to i8
      linalg.yield %r : i8
    }
  }

  isa.instruction @cvtsepi16_epi8(%dst: !i8x32, %src: !i16x32)
      on @shuffle cost<latency = 5, interval = 2> c "{dst} = _mm512_cvtsepi16_epi8({src});" {
    linalg.map ins(%src : !i16x32) outs(%dst : !i8x32) (%x: i16) {
      %least = arith.constant -128 : i16
      %most = arith.constant 127 : i16
      %low = arith.maxsi %x, %least : i16
      %near = arith.minsi %low, %most : i16
      %r = arith.trunci %near : i16 to i8
      linalg.yield %r : i8
    }
  }

  // Limited to the range of the narrow type without a sign.
  isa.instruction @cvtusepi32_epi8(%dst: !i8x16, %src: !i32x16)
      on @shuffle cost<latency = 6, interval = 3>
      c "{dst} = _mm512_cvtusepi32_epi8(_mm512_max_epi32({src}, _mm512_setzero_si512()));" {
    linalg.map ins(%src : !i32x16) outs(%dst : !i8x16) (%x: i32) {
      %least = arith.constant 0 : i32
      %most = arith.constant 255 : i32
      %low = arith.maxsi %x, %least : i32
      %near = arith.minsi %low, %most : i32
      %r = arith.trunci %near : i32 to i8
      linalg.yield %r : i8
    }
  }

  // Integers and floats

  isa.instruction @cvtepi32_ps(%dst: !f32x16, %src: !i32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_cvtepi32_ps({src});" {
    linalg.map { arith.sitofp } ins(%src : !i32x16) outs(%dst : !f32x16)
  }

  isa.instruction @cvtepu32_ps(%dst: !f32x16, %src: !i32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_cvtepu32_ps({src});" {
    linalg.map { arith.uitofp } ins(%src : !i32x16) outs(%dst : !f32x16)
  }

  isa.instruction @cvttps_epi32(%dst: !i32x16, %src: !f32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_cvttps_epi32({src});" {
    linalg.map { arith.fptosi } ins(%src : !f32x16) outs(%dst : !i32x16)
  }

  isa.instruction @cvtepi64_pd(%dst: !f64x8, %src: !i64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_cvtepi64_pd({src});" {
    linalg.map { arith.sitofp } ins(%src : !i64x8) outs(%dst : !f64x8)
  }

  isa.instruction @cvttpd_epi64(%dst: !i64x8, %src: !f64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_cvttpd_epi64({src});" {
    linalg.map { arith.fptosi } ins(%src : !f64x8) outs(%dst : !i64x8)
  }

  // The same bits

  isa.instruction @castps_si512(%dst: !i32x16, %src: !f32x16)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm512_castps_si512({src});" {
    linalg.map { arith.bitcast } ins(%src : !f32x16) outs(%dst : !i32x16)
  }

  isa.instruction @castsi512_ps(%dst: !f32x16, %src: !i32x16)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm512_castsi512_ps({src});" {
    linalg.map { arith.bitcast } ins(%src : !i32x16) outs(%dst : !f32x16)
  }

  isa.instruction @castpd_si512(%dst: !i64x8, %src: !f64x8)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm512_castpd_si512({src});" {
    linalg.map { arith.bitcast } ins(%src : !f64x8) outs(%dst : !i64x8)
  }

  isa.instruction @castsi512_pd(%dst: !f64x8, %src: !i64x8)
      on @rename cost<latency = 1, interval = 1> c "{dst} = _mm512_castsi512_pd({src});" {
    linalg.map { arith.bitcast } ins(%src : !i64x8) outs(%dst : !f64x8)
  }

  // bf16, the upper half of an f32: rounded to the nearest even one, also where denormal

  isa.instruction @cvtpbh_ps(%dst: !f32x16, %src: !bf16x16)
      on @shuffle cost<latency = 5, interval = 2>
      c "{dst} = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32({src}), 16));" {
    linalg.map { arith.extf } ins(%src : !bf16x16) outs(%dst : !f32x16)
  }

  isa.instruction @cvtps_pbh(%dst: !bf16x16, %src: !f32x16)
      on @shuffle cost<latency = 10, interval = 5>
      c "{{ const __m512i bits = _mm512_castps_si512({src}), upper = _mm512_srli_epi32(bits, 16), odd = _mm512_and_si512(upper, _mm512_set1_epi32(1)), near = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, odd), _mm512_set1_epi32(0x7fff)), 16); {dst} = _mm512_cvtepi32_epi16(_mm512_mask_or_epi32(near, _mm512_cmp_ps_mask({src}, {src}, _CMP_UNORD_Q), upper, _mm512_set1_epi32(0x40))); }}" {
    linalg.map { arith.truncf } ins(%src : !f32x16) outs(%dst : !bf16x16)
  }

  // Masks as integers

  isa.instruction @movm_epi32(%dst: !i32x16, %src: !i1x16)
      on @shuffle cost<latency = 3, interval = 1> c "{dst} = _mm512_movm_epi32({src});" {
    linalg.map { arith.extsi } ins(%src : !i1x16) outs(%dst : !i32x16)
  }

  isa.instruction @maskz_set1_epi32(%dst: !i32x16, %src: !i1x16)
      on @shuffle cost<latency = 3, interval = 1> c "{dst} = _mm512_maskz_set1_epi32({src}, 1);" {
    linalg.map { arith.extui } ins(%src : !i1x16) outs(%dst : !i32x16)
  }
}
