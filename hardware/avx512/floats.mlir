// AVX-512: arithmetic of 16 x f32 and 8 x f64

!f32x16 = memref<16xf32, @zmm>
!f64x8 = memref<8xf64, @zmm>

isa.target @avx512_floats {
  isa.include "moves.mlir"

  // 16 x f32: sums and products

  isa.instruction @fmadd_ps(%acc: !f32x16, %a: !f32x16, %b: !f32x16)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm512_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!f32x16, !f32x16, !f32x16)
  }

  isa.instruction @mul_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm512_mul_ps({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!f32x16, !f32x16, !f32x16)
  }

  isa.instruction @add_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_add_ps({a}, {b});" {
    linalg.map { arith.addf } ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @sub_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_sub_ps({a}, {b});" {
    linalg.map { arith.subf } ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @div_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @fma cost<latency = 10, interval = 12> c "{dst} = _mm512_div_ps({a}, {b});" {
    linalg.map { arith.divf } ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @sqrt_ps(%dst: !f32x16, %a: !f32x16)
      on @fma cost<latency = 14, interval = 20> c "{dst} = _mm512_sqrt_ps({a});" {
    linalg.map { math.sqrt } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  // Products and sums in three registers. As in contractions, the product may be rounded or not; the
  // hardware does not.
  isa.instruction @fma_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16, %c: !f32x16)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fmadd_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x16, !f32x16, !f32x16) outs(%dst : !f32x16)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.addf %p, %z : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fms_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16, %c: !f32x16)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fmsub_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x16, !f32x16, !f32x16) outs(%dst : !f32x16)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.subf %p, %z : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fnma_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16, %c: !f32x16)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fnmadd_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x16, !f32x16, !f32x16) outs(%dst : !f32x16)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %r = arith.subf %z, %p : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @fnms_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16, %c: !f32x16)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fnmsub_ps({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f32x16, !f32x16, !f32x16) outs(%dst : !f32x16)
        (%x: f32, %y: f32, %z: f32) {
      %p = arith.mulf %x, %y : f32
      %n = arith.negf %p : f32
      %r = arith.subf %n, %z : f32
      linalg.yield %r : f32
    }
  }

  // 16 x f32: maximum and minimum

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_max_ps({a}, {b});" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16) (%x: f32, %y: f32) {
      %first = arith.cmpf ogt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_min_ps({a}, {b});" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16) (%x: f32, %y: f32) {
      %first = arith.cmpf olt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_ps(_mm512_range_ps({a}, {b}, 5), _mm512_cmp_ps_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.map { arith.maximumf } ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @add cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_ps(_mm512_range_ps({a}, {b}, 4), _mm512_cmp_ps_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.map { arith.minimumf } ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16)
  }

  // 16 x f32: signs and rounding to integers

  isa.instruction @abs_ps(%dst: !f32x16, %a: !f32x16)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_ps({a});" {
    linalg.map { math.absf } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @neg_ps(%dst: !f32x16, %a: !f32x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_xor_ps({a}, _mm512_set1_ps(-0.0f));" {
    linalg.map { arith.negf } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @roundeven_ps(%dst: !f32x16, %a: !f32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_ps({a}, 8);" {
    linalg.map { math.roundeven } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @floor_ps(%dst: !f32x16, %a: !f32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_ps({a}, 9);" {
    linalg.map { math.floor } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @ceil_ps(%dst: !f32x16, %a: !f32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_ps({a}, 10);" {
    linalg.map { math.ceil } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  isa.instruction @trunc_ps(%dst: !f32x16, %a: !f32x16)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_ps({a}, 11);" {
    linalg.map { math.trunc } ins(%a : !f32x16) outs(%dst : !f32x16)
  }

  // a * 2^floor(b), rounded once: in f64, where limits on the exponent change nothing. Where b is
  // infinite and a is a NaN, the hardware gives infinity or zero.
  isa.instruction @scalef_ps(%dst: !f32x16, %a: !f32x16, %b: !f32x16)
      on @fma cost<latency = 5, interval = 2> c "{dst} = _mm512_scalef_ps({a}, {b});" {
    linalg.map ins(%a, %b : !f32x16, !f32x16) outs(%dst : !f32x16) (%x: f32, %y: f32) {
      %infinity = arith.constant 0x7F800000 : f32
      %most = arith.constant 1000.0 : f32
      %least = arith.constant -1000.0 : f32
      %whole = math.floor %y : f32
      %size = math.absf %y : f32
      %endless = arith.cmpf oeq, %size, %infinity : f32
      %low = arith.maximumf %whole, %least : f32
      %near = arith.minimumf %low, %most : f32
      %exponent = arith.select %endless, %y, %near : f32
      %wide = arith.extf %exponent : f32 to f64
      %power = math.exp2 %wide : f64
      %factor = arith.extf %x : f32 to f64
      %product = arith.mulf %factor, %power : f64
      %nan = arith.cmpf uno, %x, %x : f32
      %odd = arith.andi %nan, %endless : i1
      %scaled = arith.select %odd, %power, %product : f64
      %r = arith.truncf %scaled : f64 to f32
      linalg.yield %r : f32
    }
  }

  // 8 x f64: sums and products

  isa.instruction @fmadd_pd(%acc: !f64x8, %a: !f64x8, %b: !f64x8)
      on @fma cost<latency = 4, interval = 1> c "{acc} = _mm512_fmadd_pd({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (!f64x8, !f64x8, !f64x8)
  }

  isa.instruction @mul_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @fma cost<latency = 3, interval = 1> c "{dst} = _mm512_mul_pd({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (!f64x8, !f64x8, !f64x8)
  }

  isa.instruction @add_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_add_pd({a}, {b});" {
    linalg.map { arith.addf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @sub_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_sub_pd({a}, {b});" {
    linalg.map { arith.subf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @div_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @fma cost<latency = 13, interval = 18> c "{dst} = _mm512_div_pd({a}, {b});" {
    linalg.map { arith.divf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @sqrt_pd(%dst: !f64x8, %a: !f64x8)
      on @fma cost<latency = 20, interval = 30> c "{dst} = _mm512_sqrt_pd({a});" {
    linalg.map { math.sqrt } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  // Products and sums in three registers. As in contractions, the product may be rounded or not; the
  // hardware does not.
  isa.instruction @fma_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8, %c: !f64x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fmadd_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x8, !f64x8, !f64x8) outs(%dst : !f64x8)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.addf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fms_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8, %c: !f64x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fmsub_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x8, !f64x8, !f64x8) outs(%dst : !f64x8)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.subf %p, %z : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fnma_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8, %c: !f64x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fnmadd_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x8, !f64x8, !f64x8) outs(%dst : !f64x8)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %r = arith.subf %z, %p : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @fnms_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8, %c: !f64x8)
      on @fma cost<latency = 4, interval = 1> c "{dst} = _mm512_fnmsub_pd({a}, {b}, {c});" {
    linalg.map ins(%a, %b, %c : !f64x8, !f64x8, !f64x8) outs(%dst : !f64x8)
        (%x: f64, %y: f64, %z: f64) {
      %p = arith.mulf %x, %y : f64
      %n = arith.negf %p : f64
      %r = arith.subf %n, %z : f64
      linalg.yield %r : f64
    }
  }

  // 8 x f64: maximum and minimum

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_max_pd({a}, {b});" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8) (%x: f64, %y: f64) {
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 2, interval = 1> c "{dst} = _mm512_min_pd({a}, {b});" {
    linalg.map ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8) (%x: f64, %y: f64) {
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_pd(_mm512_range_pd({a}, {b}, 5), _mm512_cmp_pd_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.map { arith.maximumf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_pd(%dst: !f64x8, %a: !f64x8, %b: !f64x8)
      on @add cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_pd(_mm512_range_pd({a}, {b}, 4), _mm512_cmp_pd_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.map { arith.minimumf } ins(%a, %b : !f64x8, !f64x8) outs(%dst : !f64x8)
  }

  // 8 x f64: signs and rounding to integers

  isa.instruction @abs_pd(%dst: !f64x8, %a: !f64x8)
      on @alu cost<latency = 1, interval = 1> c "{dst} = _mm512_abs_pd({a});" {
    linalg.map { math.absf } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @neg_pd(%dst: !f64x8, %a: !f64x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_xor_pd({a}, _mm512_set1_pd(-0.0));" {
    linalg.map { arith.negf } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @roundeven_pd(%dst: !f64x8, %a: !f64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_pd({a}, 8);" {
    linalg.map { math.roundeven } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @floor_pd(%dst: !f64x8, %a: !f64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_pd({a}, 9);" {
    linalg.map { math.floor } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @ceil_pd(%dst: !f64x8, %a: !f64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_pd({a}, 10);" {
    linalg.map { math.ceil } ins(%a : !f64x8) outs(%dst : !f64x8)
  }

  isa.instruction @trunc_pd(%dst: !f64x8, %a: !f64x8)
      on @add cost<latency = 3, interval = 1> c "{dst} = _mm512_roundscale_pd({a}, 11);" {
    linalg.map { math.trunc } ins(%a : !f64x8) outs(%dst : !f64x8)
  }
}
