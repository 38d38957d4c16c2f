// AVX-512: 16 floats, 8 doubles or 16 integers per register, two multiply-adds per cycle
//
// Costs and bandwidths are those of a recent server core (Zen 5 class, full-width units), in cycles
// and bytes per cycle. Operands are in the order of the C form's assignment: the output first.

#id = affine_map<(i) -> (i)>

isa.target @avx512 attributes {
    summary = "x86-64 with AVX-512",
    features = ["avx512f", "avx512dq"],
    c.headers = ["immintrin.h"], c.flags = ["-mavx512f", "-mavx512dq"]} {

  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 49152, bandwidth = 128>,
    #isa.level<"L2", bytes = 2097152, bandwidth = 56>,
    #isa.level<"L3", bytes = 33554432, bandwidth = 28>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 10>]}
  isa.memory @zmm register {count = 32 : i64, bytes = 64 : i64,
    c.types = {f32 = "__m512", f64 = "__m512d", i32 = "__m512i"}}

  isa.unit @fma {count = 2 : i64}
  isa.unit @load {count = 2 : i64}
  isa.unit @store {count = 1 : i64}

  // Anything else: the C compiler evaluates it, one element at a time.
  isa.scalar @expression in @mem on @fma cost<latency = 4, interval = 1>

  // 16 x f32: moves

  isa.instruction @loadu_ps(%dst: memref<16xf32, @zmm>, %src: memref<16xf32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_loadu_ps({src});" {
    linalg.copy ins(%src : memref<16xf32, @mem>) outs(%dst : memref<16xf32, @zmm>)
  }

  isa.instruction @storeu_ps(%dst: memref<16xf32, @mem>, %src: memref<16xf32, @zmm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm512_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @mem>)
  }

  isa.instruction @maskz_loadu_ps(%dst: memref<16xf32, @zmm>, %src: memref<?xf32, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_ps((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<16xf32, @zmm>)
  }

  isa.instruction @mask_storeu_ps(%dst: memref<?xf32, @mem>, %src: memref<16xf32, @zmm>)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_ps({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<16xf32, @zmm>, memref<?xf32, @mem>)
  }

  isa.instruction @set1_ps(%dst: memref<16xf32, @zmm>, %src: memref<f32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_set1_ps(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<f32, @mem>, memref<16xf32, @zmm>)
  }

  isa.instruction @setzero_ps(%dst: memref<16xf32, @zmm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_ps();" {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : memref<16xf32, @zmm>)
  }

  // 16 x f32: arithmetic

  isa.instruction @fmadd_ps(
      %acc: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm512_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<16xf32, @zmm>, memref<16xf32, @zmm>, memref<16xf32, @zmm>)
  }

  isa.instruction @mul_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_mul_ps({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst
      : (memref<16xf32, @zmm>, memref<16xf32, @zmm>, memref<16xf32, @zmm>)
  }

  isa.instruction @add_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_add_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @sub_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_sub_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.subf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_max_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %first = arith.cmpf ogt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_min_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %first = arith.cmpf olt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_ps(_mm512_range_ps({a}, {b}, 5), _mm512_cmp_ps_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.maximumf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_ps(
      %dst: memref<16xf32, @zmm>, %a: memref<16xf32, @zmm>, %b: memref<16xf32, @zmm>)
      on @fma cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_ps(_mm512_range_ps({a}, {b}, 4), _mm512_cmp_ps_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xf32, @zmm>, memref<16xf32, @zmm>) outs(%dst : memref<16xf32, @zmm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.minimumf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // 8 x f64: moves

  isa.instruction @loadu_pd(%dst: memref<8xf64, @zmm>, %src: memref<8xf64, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_loadu_pd({src});" {
    linalg.copy ins(%src : memref<8xf64, @mem>) outs(%dst : memref<8xf64, @zmm>)
  }

  isa.instruction @storeu_pd(%dst: memref<8xf64, @mem>, %src: memref<8xf64, @zmm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm512_storeu_pd({dst}, {src});" {
    linalg.copy ins(%src : memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @mem>)
  }

  isa.instruction @maskz_loadu_pd(%dst: memref<8xf64, @zmm>, %src: memref<?xf64, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_pd((__mmask8)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf64, @mem>, memref<8xf64, @zmm>)
  }

  isa.instruction @mask_storeu_pd(%dst: memref<?xf64, @mem>, %src: memref<8xf64, @zmm>)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_pd({dst}, (__mmask8)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<8xf64, @zmm>, memref<?xf64, @mem>)
  }

  isa.instruction @set1_pd(%dst: memref<8xf64, @zmm>, %src: memref<f64, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm512_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<f64, @mem>, memref<8xf64, @zmm>)
  }

  isa.instruction @setzero_pd(%dst: memref<8xf64, @zmm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_pd();" {
    %zero = arith.constant 0.0 : f64
    linalg.fill ins(%zero : f64) outs(%dst : memref<8xf64, @zmm>)
  }

  // 8 x f64: arithmetic

  isa.instruction @fmadd_pd(
      %acc: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm512_fmadd_pd({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<8xf64, @zmm>, memref<8xf64, @zmm>, memref<8xf64, @zmm>)
  }

  isa.instruction @mul_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_mul_pd({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst
      : (memref<8xf64, @zmm>, memref<8xf64, @zmm>, memref<8xf64, @zmm>)
  }

  isa.instruction @add_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_add_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.addf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @sub_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_sub_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.subf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_max_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm512_min_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_pd(_mm512_range_pd({a}, {b}, 5), _mm512_cmp_pd_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.maximumf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_pd(
      %dst: memref<8xf64, @zmm>, %a: memref<8xf64, @zmm>, %b: memref<8xf64, @zmm>)
      on @fma cost<latency = 8, interval = 3>
      c "{dst} = _mm512_mask_add_pd(_mm512_range_pd({a}, {b}, 4), _mm512_cmp_pd_mask({a}, {b}, _CMP_UNORD_Q), {a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf64, @zmm>, memref<8xf64, @zmm>) outs(%dst : memref<8xf64, @zmm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.minimumf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // 16 x f32 and 8 x f64: horizontal sums, in any order

  isa.instruction @reduce_add_ps(%sum: memref<f32, @mem>, %src: memref<16xf32, @zmm>)
      on @fma cost<latency = 14, interval = 8> c "*({sum}) += _mm512_reduce_add_ps({src});" {
    kernel.contract "i->"(%src) add %sum : (memref<16xf32, @zmm>, memref<f32, @mem>)
  }

  isa.instruction @reduce_add_pd(%sum: memref<f64, @mem>, %src: memref<8xf64, @zmm>)
      on @fma cost<latency = 12, interval = 6> c "*({sum}) += _mm512_reduce_add_pd({src});" {
    kernel.contract "i->"(%src) add %sum : (memref<8xf64, @zmm>, memref<f64, @mem>)
  }

  // 16 x i32: moves

  isa.instruction @loadu_epi32(%dst: memref<16xi32, @zmm>, %src: memref<16xi32, @mem>)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : memref<16xi32, @mem>) outs(%dst : memref<16xi32, @zmm>)
  }

  isa.instruction @storeu_epi32(%dst: memref<16xi32, @mem>, %src: memref<16xi32, @zmm>)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : memref<16xi32, @zmm>) outs(%dst : memref<16xi32, @mem>)
  }

  isa.instruction @maskz_loadu_epi32(%dst: memref<16xi32, @zmm>, %src: memref<?xi32, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi32((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xi32, @mem>, memref<16xi32, @zmm>)
  }

  isa.instruction @mask_storeu_epi32(%dst: memref<?xi32, @mem>, %src: memref<16xi32, @zmm>)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi32({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<16xi32, @zmm>, memref<?xi32, @mem>)
  }

  isa.instruction @set1_epi32(%dst: memref<16xi32, @zmm>, %src: memref<i32, @mem>)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi32(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<i32, @mem>, memref<16xi32, @zmm>)
  }

  isa.instruction @setzero_epi32(%dst: memref<16xi32, @zmm>)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : memref<16xi32, @zmm>)
  }

  // 16 x i32: arithmetic, which wraps around

  isa.instruction @mulladd_epi32(%acc: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 11, interval = 3> c "{acc} = _mm512_add_epi32({acc}, _mm512_mullo_epi32({a}, {b}));" {
    kernel.contract "i,i->i"(%a, %b) add %acc : (memref<16xi32, @zmm>, memref<16xi32, @zmm>, memref<16xi32, @zmm>)
  }

  isa.instruction @mullo_epi32(%dst: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 10, interval = 2> c "{dst} = _mm512_mullo_epi32({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst : (memref<16xi32, @zmm>, memref<16xi32, @zmm>, memref<16xi32, @zmm>)
  }

  isa.instruction @add_epi32(%dst: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm512_add_epi32({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xi32, @zmm>, memref<16xi32, @zmm>) outs(%dst : memref<16xi32, @zmm>) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.addi %x, %y : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @sub_epi32(%dst: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm512_sub_epi32({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xi32, @zmm>, memref<16xi32, @zmm>) outs(%dst : memref<16xi32, @zmm>) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.subi %x, %y : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @max_epi32(%dst: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm512_max_epi32({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xi32, @zmm>, memref<16xi32, @zmm>) outs(%dst : memref<16xi32, @zmm>) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.maxsi %x, %y : i32
      linalg.yield %r : i32
    }
  }

  isa.instruction @min_epi32(%dst: memref<16xi32, @zmm>, %a: memref<16xi32, @zmm>, %b: memref<16xi32, @zmm>)
      on @fma cost<latency = 1, interval = 1> c "{dst} = _mm512_min_epi32({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<16xi32, @zmm>, memref<16xi32, @zmm>) outs(%dst : memref<16xi32, @zmm>) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.minsi %x, %y : i32
      linalg.yield %r : i32
    }
  }
}
