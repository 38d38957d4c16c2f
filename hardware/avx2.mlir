// AVX2: 8 floats or 4 doubles per register, with FMA: two multiply-adds per cycle
//
// Costs and bandwidths are those of a recent server core, in cycles and bytes per cycle. Operands are
// in the order of the C form's assignment: the output first.

#id = affine_map<(i) -> (i)>

isa.target @avx2 attributes {
    summary = "x86-64 with AVX2 and FMA",
    features = ["avx2", "fma"],
    c.headers = ["immintrin.h"], c.flags = ["-mavx2", "-mfma"]} {

  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 49152, bandwidth = 64>,
    #isa.level<"L2", bytes = 2097152, bandwidth = 48>,
    #isa.level<"L3", bytes = 33554432, bandwidth = 28>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 10>]}
  isa.memory @ymm register {count = 16 : i64, bytes = 32 : i64,
    c.types = {f32 = "__m256", f64 = "__m256d"}}

  isa.unit @fma {count = 2 : i64}
  isa.unit @load {count = 2 : i64}
  isa.unit @store {count = 1 : i64}

  // Anything else: the C compiler evaluates it, one element at a time.
  isa.scalar @expression in @mem on @fma cost<latency = 4, interval = 1>

  // 8 x f32: moves

  isa.instruction @loadu_ps(%dst: memref<8xf32, @ymm>, %src: memref<8xf32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_ps({src});" {
    linalg.copy ins(%src : memref<8xf32, @mem>) outs(%dst : memref<8xf32, @ymm>)
  }

  isa.instruction @storeu_ps(%dst: memref<8xf32, @mem>, %src: memref<8xf32, @ymm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @mem>)
  }

  isa.instruction @maskload_ps(%dst: memref<8xf32, @ymm>, %src: memref<?xf32, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_ps({src}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)({src.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf32, @mem>, memref<8xf32, @ymm>)
  }

  isa.instruction @maskstore_ps(%dst: memref<?xf32, @mem>, %src: memref<8xf32, @ymm>)
      on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_ps({dst}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int)({dst.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<8xf32, @ymm>, memref<?xf32, @mem>)
  }

  isa.instruction @set1_ps(%dst: memref<8xf32, @ymm>, %src: memref<f32, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_set1_ps(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<f32, @mem>, memref<8xf32, @ymm>)
  }

  isa.instruction @setzero_ps(%dst: memref<8xf32, @ymm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_ps();" {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : memref<8xf32, @ymm>)
  }

  // 8 x f32: arithmetic

  isa.instruction @fmadd_ps(
      %acc: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm256_fmadd_ps({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<8xf32, @ymm>, memref<8xf32, @ymm>, memref<8xf32, @ymm>)
  }

  isa.instruction @mul_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_mul_ps({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst
      : (memref<8xf32, @ymm>, memref<8xf32, @ymm>, memref<8xf32, @ymm>)
  }

  isa.instruction @add_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_add_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @sub_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_sub_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.subf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_max_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %first = arith.cmpf ogt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_min_ps({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %first = arith.cmpf olt, %x, %y : f32
      %r = arith.select %first, %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 8, interval = 6>
      c "{dst} = _mm256_blendv_ps(_mm256_and_ps(_mm256_max_ps({a}, {b}), _mm256_max_ps({b}, {a})), _mm256_add_ps({a}, {b}), _mm256_cmp_ps({a}, {b}, _CMP_UNORD_Q));" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.maximumf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_ps(
      %dst: memref<8xf32, @ymm>, %a: memref<8xf32, @ymm>, %b: memref<8xf32, @ymm>)
      on @fma cost<latency = 8, interval = 6>
      c "{dst} = _mm256_blendv_ps(_mm256_or_ps(_mm256_min_ps({a}, {b}), _mm256_min_ps({b}, {a})), _mm256_add_ps({a}, {b}), _mm256_cmp_ps({a}, {b}, _CMP_UNORD_Q));" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<8xf32, @ymm>, memref<8xf32, @ymm>) outs(%dst : memref<8xf32, @ymm>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.minimumf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  // 4 x f64: moves

  isa.instruction @loadu_pd(%dst: memref<4xf64, @ymm>, %src: memref<4xf64, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_pd({src});" {
    linalg.copy ins(%src : memref<4xf64, @mem>) outs(%dst : memref<4xf64, @ymm>)
  }

  isa.instruction @storeu_pd(%dst: memref<4xf64, @mem>, %src: memref<4xf64, @ymm>)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_pd({dst}, {src});" {
    linalg.copy ins(%src : memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @mem>)
  }

  isa.instruction @maskload_pd(%dst: memref<4xf64, @ymm>, %src: memref<?xf64, @mem>)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_pd({src}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)({src.size0})), _mm256_setr_epi64x(0, 1, 2, 3)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<?xf64, @mem>, memref<4xf64, @ymm>)
  }

  isa.instruction @maskstore_pd(%dst: memref<?xf64, @mem>, %src: memref<4xf64, @ymm>)
      on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_pd({dst}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)({dst.size0})), _mm256_setr_epi64x(0, 1, 2, 3)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<4xf64, @ymm>, memref<?xf64, @mem>)
  }

  isa.instruction @set1_pd(%dst: memref<4xf64, @ymm>, %src: memref<f64, @mem>)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (memref<f64, @mem>, memref<4xf64, @ymm>)
  }

  isa.instruction @setzero_pd(%dst: memref<4xf64, @ymm>)
      on @fma cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_pd();" {
    %zero = arith.constant 0.0 : f64
    linalg.fill ins(%zero : f64) outs(%dst : memref<4xf64, @ymm>)
  }

  // 4 x f64: arithmetic

  isa.instruction @fmadd_pd(
      %acc: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{acc} = _mm256_fmadd_pd({a}, {b}, {acc});" {
    kernel.contract "i,i->i"(%a, %b) add %acc
      : (memref<4xf64, @ymm>, memref<4xf64, @ymm>, memref<4xf64, @ymm>)
  }

  isa.instruction @mul_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_mul_pd({a}, {b});" {
    kernel.contract "i,i->i"(%a, %b) into %dst
      : (memref<4xf64, @ymm>, memref<4xf64, @ymm>, memref<4xf64, @ymm>)
  }

  isa.instruction @add_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_add_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.addf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  isa.instruction @sub_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_sub_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.subf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own maximum: the second operand where they are equal or one is a NaN.
  isa.instruction @max_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_max_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %first = arith.cmpf ogt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // The hardware's own minimum: the second operand where they are equal or one is a NaN.
  isa.instruction @min_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 4, interval = 1>
      c "{dst} = _mm256_min_pd({a}, {b});" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %first = arith.cmpf olt, %x, %y : f64
      %r = arith.select %first, %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's maximum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @maximum_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 8, interval = 6>
      c "{dst} = _mm256_blendv_pd(_mm256_and_pd(_mm256_max_pd({a}, {b}), _mm256_max_pd({b}, {a})), _mm256_add_pd({a}, {b}), _mm256_cmp_pd({a}, {b}, _CMP_UNORD_Q));" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.maximumf %x, %y : f64
      linalg.yield %r : f64
    }
  }

  // IEEE 754's minimum: a NaN stays a NaN, and -0 is less than +0.
  isa.instruction @minimum_pd(
      %dst: memref<4xf64, @ymm>, %a: memref<4xf64, @ymm>, %b: memref<4xf64, @ymm>)
      on @fma cost<latency = 8, interval = 6>
      c "{dst} = _mm256_blendv_pd(_mm256_or_pd(_mm256_min_pd({a}, {b}), _mm256_min_pd({b}, {a})), _mm256_add_pd({a}, {b}), _mm256_cmp_pd({a}, {b}, _CMP_UNORD_Q));" {
    linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%a, %b : memref<4xf64, @ymm>, memref<4xf64, @ymm>) outs(%dst : memref<4xf64, @ymm>) {
    ^bb0(%x: f64, %y: f64, %old: f64):
      %r = arith.minimumf %x, %y : f64
      linalg.yield %r : f64
    }
  }
}
