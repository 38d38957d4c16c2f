// AVX-512: arithmetic of integers, which wraps around, in whole registers

!i32x16 = memref<16xi32, @zmm>
!i64x8 = memref<8xi64, @zmm>
!i16x32 = memref<32xi16, @zmm>
!i8x64 = memref<64xi8, @zmm>

isa.target @avx512_integers {
  isa.include "moves.mlir"

  // 16 x i32

  isa.instruction @mulladd_epi32(%acc: !i32x16, %a: !i32x16, %b: !i32x16)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm512_add_epi32({acc}, _mm512_mullo_epi32({a}, {b}));" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!i32x16, !i32x16, !i32x16)
  }

  isa.instruction @mullo_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm512_mullo_epi32({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i32x16, !i32x16, !i32x16)
  }

  isa.instruction @add_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_add_epi32({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @sub_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_sub_epi32({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @max_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epi32({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @min_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epi32({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @max_epu32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epu32({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @min_epu32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epu32({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @and_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_and_si512({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @or_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_or_si512({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @xor_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_xor_si512({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @abs_epi32(%dst: !i32x16, %a: !i32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_epi32({a});" {
    linalg.map { math.absi } ins(%a : !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @slli_epi32(%dst: !i32x16, %a: !i32x16, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_slli_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x16) outs(%dst : !i32x16) (%x: i32) {
      %r = arith.shli %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @srli_epi32(%dst: !i32x16, %a: !i32x16, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srli_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x16) outs(%dst : !i32x16) (%x: i32) {
      %r = arith.shrui %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @srai_epi32(%dst: !i32x16, %a: !i32x16, %bits: i32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srai_epi32({a}, {bits});" {
    linalg.map ins(%a : !i32x16) outs(%dst : !i32x16) (%x: i32) {
      %r = arith.shrsi %x, %bits : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @sllv_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_sllv_epi32({a}, {b});" {
    linalg.map { arith.shli } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @srlv_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srlv_epi32({a}, {b});" {
    linalg.map { arith.shrui } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  isa.instruction @srav_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srav_epi32({a}, {b});" {
    linalg.map { arith.shrsi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  // 8 x i64

  isa.instruction @mulladd_epi64(%acc: !i64x8, %a: !i64x8, %b: !i64x8)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm512_add_epi64({acc}, _mm512_mullo_epi64({a}, {b}));" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!i64x8, !i64x8, !i64x8)
  }

  isa.instruction @mullo_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm512_mullo_epi64({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i64x8, !i64x8, !i64x8)
  }

  isa.instruction @add_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_add_epi64({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @sub_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_sub_epi64({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @max_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epi64({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @min_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epi64({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @max_epu64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epu64({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @min_epu64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epu64({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @and_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_and_si512({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @or_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_or_si512({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @xor_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_xor_si512({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @abs_epi64(%dst: !i64x8, %a: !i64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_epi64({a});" {
    linalg.map { math.absi } ins(%a : !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @slli_epi64(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_slli_epi64({a}, {bits});" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shli %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srli_epi64(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srli_epi64({a}, {bits});" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shrui %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @srai_epi64(%dst: !i64x8, %a: !i64x8, %bits: i64)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srai_epi64({a}, {bits});" {
    linalg.map ins(%a : !i64x8) outs(%dst : !i64x8) (%x: i64) {
      %r = arith.shrsi %x, %bits : i64
      linalg.yield %r : i64
    }
  }

  isa.instruction @sllv_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_sllv_epi64({a}, {b});" {
    linalg.map { arith.shli } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @srlv_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srlv_epi64({a}, {b});" {
    linalg.map { arith.shrui } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  isa.instruction @srav_epi64(%dst: !i64x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srav_epi64({a}, {b});" {
    linalg.map { arith.shrsi } ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  // 32 x i16

  isa.instruction @mullo_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm512_mullo_epi16({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!i16x32, !i16x32, !i16x32)
  }

  isa.instruction @add_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_add_epi16({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @sub_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_sub_epi16({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @max_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epi16({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @min_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epi16({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @max_epu16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epu16({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @min_epu16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epu16({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @and_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_and_si512({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @or_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_or_si512({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @xor_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_xor_si512({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @abs_epi16(%dst: !i16x32, %a: !i16x32)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_epi16({a});" {
    linalg.map { math.absi } ins(%a : !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @slli_epi16(%dst: !i16x32, %a: !i16x32, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_slli_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x32) outs(%dst : !i16x32) (%x: i16) {
      %r = arith.shli %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @srli_epi16(%dst: !i16x32, %a: !i16x32, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srli_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x32) outs(%dst : !i16x32) (%x: i16) {
      %r = arith.shrui %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @srai_epi16(%dst: !i16x32, %a: !i16x32, %bits: i16)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srai_epi16({a}, {bits});" {
    linalg.map ins(%a : !i16x32) outs(%dst : !i16x32) (%x: i16) {
      %r = arith.shrsi %x, %bits : i16
      linalg.yield %r : i16
    }
  }

  isa.instruction @sllv_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_sllv_epi16({a}, {b});" {
    linalg.map { arith.shli } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @srlv_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srlv_epi16({a}, {b});" {
    linalg.map { arith.shrui } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  isa.instruction @srav_epi16(%dst: !i16x32, %a: !i16x32, %b: !i16x32)
      on @shuffle cost<latency = 1, interval = 1> c "{dst} = _mm512_srav_epi16({a}, {b});" {
    linalg.map { arith.shrsi } ins(%a, %b : !i16x32, !i16x32) outs(%dst : !i16x32)
  }

  // 64 x i8

  isa.instruction @add_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_add_epi8({a}, {b});" {
    linalg.map { arith.addi } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @sub_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_sub_epi8({a}, {b});" {
    linalg.map { arith.subi } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @max_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epi8({a}, {b});" {
    linalg.map { arith.maxsi } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @min_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epi8({a}, {b});" {
    linalg.map { arith.minsi } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @max_epu8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epu8({a}, {b});" {
    linalg.map { arith.maxui } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @min_epu8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epu8({a}, {b});" {
    linalg.map { arith.minui } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @and_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_and_si512({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @or_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_or_si512({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @xor_epi8(%dst: !i8x64, %a: !i8x64, %b: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_xor_si512({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i8x64, !i8x64) outs(%dst : !i8x64)
  }

  isa.instruction @abs_epi8(%dst: !i8x64, %a: !i8x64)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_epi8({a});" {
    linalg.map { math.absi } ins(%a : !i8x64) outs(%dst : !i8x64)
  }

  // Rounds towards zero; exact, because a quotient of two integers of 32 bits in f64 is never rounded
  // up to the next one. By zero and of -2^31 by -1 there is no result.
  isa.instruction @div_epi32(%dst: !i32x16, %a: !i32x16, %b: !i32x16)
      on @fma cost<latency = 26, interval = 40>
      c "{dst} = _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(_mm512_castsi512_si256({a})), _mm512_cvtepi32_pd(_mm512_castsi512_si256({b}))))), _mm512_cvttpd_epi32(_mm512_div_pd(_mm512_cvtepi32_pd(_mm512_extracti64x4_epi64({a}, 1)), _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64({b}, 1)))), 1);" {
    linalg.map { arith.divsi } ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i32x16)
  }
}
