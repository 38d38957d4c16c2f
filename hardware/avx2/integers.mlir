// AVX2: arithmetic of integers, which wraps around, in whole registers

!i32x8 = memref<8xi32, @ymm>
!i64x4 = memref<4xi64, @ymm>
!i16x16 = memref<16xi16, @ymm>
!i8x32 = memref<32xi8, @ymm>

isa.target @avx2_integers {
  isa.include "moves.mlir"

  // 8 x i32

  isa.instruction @mulladd_epi32(%acc: !i32x8, %a: !i32x8, %b: !i32x8)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm256_add_epi32({acc}, _mm256_mullo_epi32({a}, {b}));" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!i32x8, !i32x8, !i32x8)
  }

  isa.instruction @mullo_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm256_mullo_epi32({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i32x8, !i32x8, !i32x8)
  }

  isa.instruction @add_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_add_epi32({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @sub_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_sub_epi32({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @max_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epi32({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @min_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epi32({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @max_epu32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epu32({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @min_epu32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epu32({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @and_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_and_si256({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @or_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_or_si256({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @xor_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_xor_si256({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @abs_epi32(%dst: !i32x8, %a: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_abs_epi32({a});" {
    linalg.map { math.absi } ins(%a : !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @slli_epi32(%dst: !i32x8, %a: !i32x8, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_slli_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x8) outs(%dst : !i32x8) (%x: i32) {
      %r = arith.shli %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @srli_epi32(%dst: !i32x8, %a: !i32x8, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srli_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x8) outs(%dst : !i32x8) (%x: i32) {
      %r = arith.shrui %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @srai_epi32(%dst: !i32x8, %a: !i32x8, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srai_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x8) outs(%dst : !i32x8) (%x: i32) {
      %r = arith.shrsi %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @sllv_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_sllv_epi32({a}, {b});" {
    linalg.map { arith.shli } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @srlv_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srlv_epi32({a}, {b});" {
    linalg.map { arith.shrui } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  isa.instruction @srav_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srav_epi32({a}, {b});" {
    linalg.map { arith.shrsi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  // 4 x i64

  isa.instruction @mullo_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @fma cost<latency = 9, interval = 5>
      c "{dst} = _mm256_add_epi64(_mm256_mul_epu32({a}, {b}), _mm256_slli_epi64(_mm256_add_epi64(_mm256_mul_epu32(_mm256_srli_epi64({a}, 32), {b}), _mm256_mul_epu32({a}, _mm256_srli_epi64({b}, 32))), 32));" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i64x4, !i64x4, !i64x4)
  }

  isa.instruction @add_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_add_epi64({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @sub_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_sub_epi64({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @max_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 3, interval = 4>
      c "{dst} = _mm256_blendv_epi8({b}, {a}, _mm256_cmpgt_epi64({a}, {b}));" {
    linalg.map { arith.maxsi } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @min_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 3, interval = 4>
      c "{dst} = _mm256_blendv_epi8({a}, {b}, _mm256_cmpgt_epi64({a}, {b}));" {
    linalg.map { arith.minsi } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @and_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_and_si256({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @or_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_or_si256({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @xor_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_xor_si256({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @slli_epi64(%dst: !i64x4, %a: !i64x4, %bits: i64)
      on @shuffle cost<latency = 1, interval = 1>
      c "{dst} = _mm256_slli_epi64({a}, (int)({bits}));" {
    linalg.map ins(%a : !i64x4) outs(%dst : !i64x4) (%x: i64) {
      %r = arith.shli %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srli_epi64(%dst: !i64x4, %a: !i64x4, %bits: i64)
      on @shuffle cost<latency = 1, interval = 1>
      c "{dst} = _mm256_srli_epi64({a}, (int)({bits}));" {
    linalg.map ins(%a : !i64x4) outs(%dst : !i64x4) (%x: i64) {
      %r = arith.shrui %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srai_epi64(%dst: !i64x4, %a: !i64x4, %bits: i64)
      on @shuffle cost<latency = 3, interval = 2>
      c "{dst} = _mm256_sub_epi64(_mm256_xor_si256(_mm256_srli_epi64({a}, (int)({bits})), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits})))), _mm256_set1_epi64x((int64_t)(UINT64_C(0x8000000000000000) >> ({bits}))));" {
    linalg.map ins(%a : !i64x4) outs(%dst : !i64x4) (%x: i64) {
      %r = arith.shrsi %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @sllv_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_sllv_epi64({a}, {b});" {
    linalg.map { arith.shli } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  isa.instruction @srlv_epi64(%dst: !i64x4, %a: !i64x4, %b: !i64x4)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srlv_epi64({a}, {b});" {
    linalg.map { arith.shrui } ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  // 16 x i16

  isa.instruction @mullo_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm256_mullo_epi16({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i16x16, !i16x16, !i16x16)
  }

  isa.instruction @add_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_add_epi16({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @sub_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_sub_epi16({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @max_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epi16({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @min_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epi16({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @max_epu16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epu16({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @min_epu16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epu16({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @and_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_and_si256({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @or_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_or_si256({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @xor_epi16(%dst: !i16x16, %a: !i16x16, %b: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_xor_si256({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i16x16, !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @abs_epi16(%dst: !i16x16, %a: !i16x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_abs_epi16({a});" {
    linalg.map { math.absi } ins(%a : !i16x16) outs(%dst : !i16x16)
  }

  isa.instruction @slli_epi16(%dst: !i16x16, %a: !i16x16, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_slli_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x16) outs(%dst : !i16x16) (%x: i16) {
      %r = arith.shli %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @srli_epi16(%dst: !i16x16, %a: !i16x16, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srli_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x16) outs(%dst : !i16x16) (%x: i16) {
      %r = arith.shrui %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @srai_epi16(%dst: !i16x16, %a: !i16x16, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm256_srai_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x16) outs(%dst : !i16x16) (%x: i16) {
      %r = arith.shrsi %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  // 32 x i8

  isa.instruction @add_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_add_epi8({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @sub_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_sub_epi8({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @max_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epi8({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @min_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epi8({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @max_epu8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_max_epu8({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @min_epu8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_min_epu8({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @and_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_and_si256({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @or_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_or_si256({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @xor_epi8(%dst: !i8x32, %a: !i8x32, %b: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_xor_si256({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i8x32, !i8x32) outs(%dst : !i8x32)
  }

  isa.instruction @abs_epi8(%dst: !i8x32, %a: !i8x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_abs_epi8({a});" {
    linalg.map { math.absi } ins(%a : !i8x32) outs(%dst : !i8x32)
  }

  // Rounds towards zero; exact, because a quotient of two integers of 32 bits in f64 is never rounded
  // up to the next one. By zero and of -2^31 by -1 there is no result.
  isa.instruction @div_epi32(%dst: !i32x8, %a: !i32x8, %b: !i32x8)
      on @fma cost<latency = 24, interval = 24>
      c "{dst} = _mm256_set_m128i(_mm256_cvttpd_epi32(_mm256_div_pd(_mm256_cvtepi32_pd(_mm256_extracti128_si256({a}, 1)), _mm256_cvtepi32_pd(_mm256_extracti128_si256({b}, 1)))), _mm256_cvttpd_epi32(_mm256_div_pd(_mm256_cvtepi32_pd(_mm256_castsi256_si128({a})), _mm256_cvtepi32_pd(_mm256_castsi256_si128({b})))));" {
    linalg.map { arith.divsi } ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i32x8)
  }
}
