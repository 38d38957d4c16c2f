// AVX2: arithmetic of 8 x f32 and 4 x f64

!f32x8 = memref<8xf32, @ymm>
!f64x4 = memref<4xf64, @ymm>

isa.target @avx2_floats {
  isa.include "moves.mlir"

  // 8 x f32: sums and products

  isa.instruction @fmadd_ps(%acc: !f32x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm256_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!f32x8, !f32x8, !f32x8)
  }

  isa.instruction @mul_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm256_mul_ps({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!f32x8, !f32x8, !f32x8)
  }

  isa.instruction @add_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_add_ps({a}, {b});" {
    linalg.map { arith.addf } ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @sub_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_sub_ps({a}, {b});" {
    linalg.map { arith.subf } ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @div_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @fma cost<latency = 10, interval = 6> c "{dst} = _mm256_div_ps({a}, {b});" {
    linalg.map { arith.divf } ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @sqrt_ps(%dst: !f32x8, %a: !f32x8)
      on @fma cost<latency = 14, interval = 10> c "{dst} = _mm256_sqrt_ps({a});" {
    linalg.map { math.sqrt } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  // Products and sums in three registers. As in contractions, the product may be rounded or not; the
  // hardware does not.
  isa.instruction @fma_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8, %c: !f32x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fmadd_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x8, !f32x8, !f32x8) outs(%dst : !f32x8)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %p, %z : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fms_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8, %c: !f32x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fmsub_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x8, !f32x8, !f32x8) outs(%dst : !f32x8)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.subf %p, %z : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fnma_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8, %c: !f32x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fnmadd_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x8, !f32x8, !f32x8) outs(%dst : !f32x8)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.subf %z, %p : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fnms_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8, %c: !f32x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fnmsub_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x8, !f32x8, !f32x8) outs(%dst : !f32x8)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %n = arith.negf %p : f32
      %r = arith.subf %n, %z : f32
      linalg.yield %r : f32
    }
  }

  // 8 x f32: maximum and minimum

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm256_max_ps({a}, {b});" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8) (%x: f32, %y: f32) {
      %first = arith.cmpf ogt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm256_min_ps({a}, {b});" {
    linalg.map ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8) (%x: f32, %y: f32) {
      %first = arith.cmpf olt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 8, interval = 5>
      c "{dst} = _mm256_blendv_ps(_mm256_and_ps(_mm256_max_ps({a}, {b}), _mm256_max_ps({b}, {a})), _mm256_add_ps({a}, {b}), _mm256_cmp_ps({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map { arith.maximumf } ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_ps(%dst: !f32x8, %a: !f32x8, %b: !f32x8)
      on @add cost<latency = 8, interval = 5>
      c "{dst} = _mm256_blendv_ps(_mm256_or_ps(_mm256_min_ps({a}, {b}), _mm256_min_ps({b}, {a})), _mm256_add_ps({a}, {b}), _mm256_cmp_ps({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map { arith.minimumf } ins(%a, %b : !f32x8, !f32x8) outs(%dst : !f32x8)
  }

  // 8 x f32: signs and rounding to integers

  isa.instruction @abs_ps(%dst: !f32x8, %a: !f32x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), {a});" {
    linalg.map { math.absf } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @neg_ps(%dst: !f32x8, %a: !f32x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_xor_ps({a}, _mm256_set1_ps(-0.0f));" {
    linalg.map { arith.negf } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @roundeven_ps(%dst: !f32x8, %a: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_ps({a}, 8);" {
    linalg.map { math.roundeven } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @floor_ps(%dst: !f32x8, %a: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_ps({a}, 9);" {
    linalg.map { math.floor } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @ceil_ps(%dst: !f32x8, %a: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_ps({a}, 10);" {
    linalg.map { math.ceil } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  isa.instruction @trunc_ps(%dst: !f32x8, %a: !f32x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_ps({a}, 11);" {
    linalg.map { math.trunc } ins(%a : !f32x8) outs(%dst : !f32x8)
  }

  // 4 x f64: sums and products

  isa.instruction @fmadd_pd(%acc: !f64x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm256_fmadd_pd({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!f64x4, !f64x4, !f64x4)
  }

  isa.instruction @mul_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm256_mul_pd({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!f64x4, !f64x4, !f64x4)
  }

  isa.instruction @add_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_add_pd({a}, {b});" {
    linalg.map { arith.addf } ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @sub_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_sub_pd({a}, {b});" {
    linalg.map { arith.subf } ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @div_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @fma cost<latency = 13, interval = 10> c "{dst} = _mm256_div_pd({a}, {b});" {
    linalg.map { arith.divf } ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @sqrt_pd(%dst: !f64x4, %a: !f64x4)
      on @fma cost<latency = 20, interval = 15> c "{dst} = _mm256_sqrt_pd({a});" {
    linalg.map { math.sqrt } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  // Products and sums in three registers. As in contractions, the product may be rounded or not; the
  // hardware does not.
  isa.instruction @fma_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4, %c: !f64x4)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fmadd_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x4, !f64x4, !f64x4) outs(%dst : !f64x4)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.addf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fms_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4, %c: !f64x4)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fmsub_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x4, !f64x4, !f64x4) outs(%dst : !f64x4)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.subf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fnma_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4, %c: !f64x4)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fnmadd_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x4, !f64x4, !f64x4) outs(%dst : !f64x4)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.subf %z, %p : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fnms_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4, %c: !f64x4)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm256_fnmsub_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x4, !f64x4, !f64x4) outs(%dst : !f64x4)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %n = arith.negf %p : f64
      %r = arith.subf %n, %z : f64
      linalg.yield %r : f64
    }
  }

  // 4 x f64: maximum and minimum

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm256_max_pd({a}, {b});" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4) (%x: f64, %y: f64) {
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm256_min_pd({a}, {b});" {
    linalg.map ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4) (%x: f64, %y: f64) {
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 8, interval = 5>
      c "{dst} = _mm256_blendv_pd(_mm256_and_pd(_mm256_max_pd({a}, {b}), _mm256_max_pd({b}, {a})), _mm256_add_pd({a}, {b}), _mm256_cmp_pd({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map { arith.maximumf } ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_pd(%dst: !f64x4, %a: !f64x4, %b: !f64x4)
      on @add cost<latency = 8, interval = 5>
      c "{dst} = _mm256_blendv_pd(_mm256_or_pd(_mm256_min_pd({a}, {b}), _mm256_min_pd({b}, {a})), _mm256_add_pd({a}, {b}), _mm256_cmp_pd({a}, {b}, _CMP_UNORD_Q));" {
    linalg.map { arith.minimumf } ins(%a, %b : !f64x4, !f64x4) outs(%dst : !f64x4)
  }

  // 4 x f64: signs and rounding to integers

  isa.instruction @abs_pd(%dst: !f64x4, %a: !f64x4) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_andnot_pd(_mm256_set1_pd(-0.0), {a});" {
    linalg.map { math.absf } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @neg_pd(%dst: !f64x4, %a: !f64x4) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_xor_pd({a}, _mm256_set1_pd(-0.0));" {
    linalg.map { arith.negf } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @roundeven_pd(%dst: !f64x4, %a: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_pd({a}, 8);" {
    linalg.map { math.roundeven } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @floor_pd(%dst: !f64x4, %a: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_pd({a}, 9);" {
    linalg.map { math.floor } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @ceil_pd(%dst: !f64x4, %a: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_pd({a}, 10);" {
    linalg.map { math.ceil } ins(%a : !f64x4) outs(%dst : !f64x4)
  }

  isa.instruction @trunc_pd(%dst: !f64x4, %a: !f64x4)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm256_round_pd({a}, 11);" {
    linalg.map { math.trunc } ins(%a : !f64x4) outs(%dst : !f64x4)
  }
}
