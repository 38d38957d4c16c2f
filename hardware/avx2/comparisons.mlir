// AVX2: comparisons into masks, and what chooses by a mask

!f32x8 = memref<8xf32, @ymm>
!i1x8 = memref<8xi1, @mask>
!f64x4 = memref<4xf64, @ymm>
!i1x4 = memref<4xi1, @mask4>
!i32x8 = memref<8xi32, @ymm>
!i64x4 = memref<4xi64, @ymm>

isa.target @avx2_comparisons {
  isa.include "moves.mlir"
  isa.include "moves_8.mlir"

  // 8 x f32; a comparison by "greater" is one by "less"

  isa.instruction @cmpeq_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_EQ_OQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf oeq, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_LT_OQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf olt, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_LE_OQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf ole, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_NEQ_UQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf une, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpnge_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_NGE_UQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf ult, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpngt_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_NGT_UQ));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf ule, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpunord_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf uno, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpord_ps(%dst: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castps_si256(_mm256_cmp_ps({a}, {b}, _CMP_ORD_Q));" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !i1x8) (%x: f32, %y: f32) {
      %r = arith.cmpf ord, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @blendv_ps(%dst: !f32x8, %mask: !i1x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_blendv_ps({b}, {a}, _mm256_castsi256_ps({mask}));" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x8, !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  // 4 x f64; a comparison by "greater" is one by "less"

  isa.instruction @cmpeq_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_EQ_OQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf oeq, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_LT_OQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf olt, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_LE_OQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf ole, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_NEQ_UQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf une, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpnge_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_NGE_UQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf ult, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpngt_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_NGT_UQ));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf ule, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpunord_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf uno, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpord_pd(%dst: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_castpd_si256(_mm256_cmp_pd({a}, {b}, _CMP_ORD_Q));" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !i1x4) (%x: f64, %y: f64) {
      %r = arith.cmpf ord, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blendv_pd(%dst: !f64x4, %mask: !i1x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_blendv_pd({b}, {a}, _mm256_castsi256_pd({mask}));" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x4, !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  // 8 x i32

  isa.instruction @cmpeq_epi32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_cmpeq_epi32({a}, {b});" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi eq, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_epi32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 2, interval = 2>
      c "{dst} = _mm256_xor_si256(_mm256_cmpeq_epi32({a}, {b}), _mm256_set1_epi32(-1));" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi ne, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_cmpgt_epi32({b}, {a});" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi slt, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epi32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 2, interval = 2>
      c "{dst} = _mm256_xor_si256(_mm256_cmpgt_epi32({a}, {b}), _mm256_set1_epi32(-1));" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi sle, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epu32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 2, interval = 2>
      c "{dst} = _mm256_cmpeq_epi32({a}, _mm256_min_epu32({a}, {b}));" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi ule, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epu32(%dst: !i1x8, %a: !i32x8, %b: !i32x8)
      on @alu cost<latency = 3, interval = 3>
      c "{dst} = _mm256_xor_si256(_mm256_cmpeq_epi32({b}, _mm256_min_epu32({a}, {b})), _mm256_set1_epi32(-1));" {
    linalg.map ins(%a, %b : !i32x8, !i32x8) outs(%dst : !i1x8) (%x: i32, %y: i32) {
      %r = arith.cmpi ult, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @blendv_epi32(%dst: !i32x8, %mask: !i1x8, %a: !i32x8, %b: !i32x8)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm256_blendv_epi8({b}, {a}, {mask});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x8, !i32x8, !i32x8) outs(%dst : !i32x8)
  }

  // 4 x i64

  isa.instruction @cmpeq_epi64(%dst: !i1x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_cmpeq_epi64({a}, {b});" {
    linalg.map ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i1x4) (%x: i64, %y: i64) {
      %r = arith.cmpi eq, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_epi64(%dst: !i1x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 2, interval = 2>
      c "{dst} = _mm256_xor_si256(_mm256_cmpeq_epi64({a}, {b}), _mm256_set1_epi32(-1));" {
    linalg.map ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i1x4) (%x: i64, %y: i64) {
      %r = arith.cmpi ne, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi64(%dst: !i1x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_cmpgt_epi64({b}, {a});" {
    linalg.map ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i1x4) (%x: i64, %y: i64) {
      %r = arith.cmpi slt, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epi64(%dst: !i1x4, %a: !i64x4, %b: !i64x4)
      on @alu cost<latency = 2, interval = 2>
      c "{dst} = _mm256_xor_si256(_mm256_cmpgt_epi64({a}, {b}), _mm256_set1_epi32(-1));" {
    linalg.map ins(%a, %b : !i64x4, !i64x4) outs(%dst : !i1x4) (%x: i64, %y: i64) {
      %r = arith.cmpi sle, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blendv_epi64(%dst: !i64x4, %mask: !i1x4, %a: !i64x4, %b: !i64x4)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm256_blendv_epi8({b}, {a}, {mask});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x4, !i64x4, !i64x4) outs(%dst : !i64x4)
  }

  // 8 x i1

  isa.instruction @and_mask8(%dst: !i1x8, %a: !i1x8, %b: !i1x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_and_si256({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i1x8, !i1x8) outs(%dst : !i1x8)
  }

  isa.instruction @or_mask8(%dst: !i1x8, %a: !i1x8, %b: !i1x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_or_si256({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i1x8, !i1x8) outs(%dst : !i1x8)
  }

  isa.instruction @xor_mask8(%dst: !i1x8, %a: !i1x8, %b: !i1x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm256_xor_si256({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i1x8, !i1x8) outs(%dst : !i1x8)
  }
}
