// AVX-512: comparisons into masks, and what chooses by a mask

!f32x16 = memref<16xf32, @zmm>
!i1x16 = memref<16xi1, @mask>
!f64x8 = memref<8xf64, @zmm>
!i1x8 = memref<8xi1, @mask8>
!i32x16 = memref<16xi32, @zmm>
!i64x8 = memref<8xi64, @zmm>

isa.target @avx512_comparisons {
  isa.include "moves.mlir"
  isa.include "moves_16.mlir"

  // 16 x f32; a comparison by "greater" is one by "less"

  isa.instruction @cmpeq_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_EQ_OQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf oeq, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_LT_OQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf olt, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_LE_OQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf ole, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_NEQ_UQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf une, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpnge_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_NGE_UQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf ult, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpngt_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_NGT_UQ);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf ule, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpunord_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_UNORD_Q);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf uno, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpord_ps(%dst: !i1x16, %a: !f32x16, %b: !f32x16)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_ps_mask({a}, {b}, _CMP_ORD_Q);" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !i1x16) (%x: f32, %y: f32) {
      %r = arith.cmpf ord, %x, %y : f32
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_ps(%dst: !f32x16, %mask: !i1x16, %a: !f32x16, %b: !f32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_mask_blend_ps({mask}, {b}, {a});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x16, !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  // 8 x f64; a comparison by "greater" is one by "less"

  isa.instruction @cmpeq_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_EQ_OQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf oeq, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_LT_OQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf olt, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_LE_OQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf ole, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_NEQ_UQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf une, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpnge_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_NGE_UQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf ult, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpngt_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_NGT_UQ);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf ule, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpunord_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_UNORD_Q);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf uno, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpord_pd(%dst: !i1x8, %a: !f64x8, %b: !f64x8)
      on @shuffle cost<latency = 5, interval = 1>
      c "{dst} = _mm512_cmp_pd_mask({a}, {b}, _CMP_ORD_Q);" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !i1x8) (%x: f64, %y: f64) {
      %r = arith.cmpf ord, %x, %y : f64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_pd(%dst: !f64x8, %mask: !i1x8, %a: !f64x8, %b: !f64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_mask_blend_pd({mask}, {b}, {a});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x8, !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  // 16 x i32

  isa.instruction @cmpeq_epi32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmpeq_epi32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi eq, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_epi32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmpneq_epi32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi ne, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmplt_epi32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi slt, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epi32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmple_epi32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi sle, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epu32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmplt_epu32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi ult, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epu32(%dst: !i1x16, %a: !i32x16, %b: !i32x16)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmple_epu32_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i32x16, !i32x16) outs(%dst : !i1x16) (%x: i32, %y: i32) {
      %r = arith.cmpi ule, %x, %y : i32
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_epi32(%dst: !i32x16, %mask: !i1x16, %a: !i32x16, %b: !i32x16)
      on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_mask_blend_epi32({mask}, {b}, {a});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x16, !i32x16, !i32x16) outs(%dst : !i32x16)
  }

  // 8 x i64

  isa.instruction @cmpeq_epi64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmpeq_epi64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi eq, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmpneq_epi64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmpneq_epi64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi ne, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epi64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmplt_epi64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi slt, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epi64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmple_epi64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi sle, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmplt_epu64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmplt_epu64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi ult, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @cmple_epu64(%dst: !i1x8, %a: !i64x8, %b: !i64x8)
      on @shuffle cost<latency = 5, interval = 1> c "{dst} = _mm512_cmple_epu64_mask({a}, {b});" {
    linalg.map ins(%a, %b : !i64x8, !i64x8) outs(%dst : !i1x8) (%x: i64, %y: i64) {
      %r = arith.cmpi ule, %x, %y : i64
      linalg.yield %r : i1
    }
  }

  isa.instruction @blend_epi64(%dst: !i64x8, %mask: !i1x8, %a: !i64x8, %b: !i64x8)
      on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_mask_blend_epi64({mask}, {b}, {a});" {
    linalg.map { arith.select } ins(%mask, %a, %b : !i1x8, !i64x8, !i64x8) outs(%dst : !i64x8)
  }

  // 16 x i1

  isa.instruction @kand(%dst: !i1x16, %a: !i1x16, %b: !i1x16)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _kand_mask16({a}, {b});" {
    linalg.map { arith.andi } ins(%a, %b : !i1x16, !i1x16) outs(%dst : !i1x16)
  }

  isa.instruction @kor(%dst: !i1x16, %a: !i1x16, %b: !i1x16)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _kor_mask16({a}, {b});" {
    linalg.map { arith.ori } ins(%a, %b : !i1x16, !i1x16) outs(%dst : !i1x16)
  }

  isa.instruction @kxor(%dst: !i1x16, %a: !i1x16, %b: !i1x16)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _kxor_mask16({a}, {b});" {
    linalg.map { arith.xori } ins(%a, %b : !i1x16, !i1x16) outs(%dst : !i1x16)
  }
}
