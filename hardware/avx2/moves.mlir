// AVX2: moves between memory and whole registers: all lanes, the first few, one repeated, a number

!f32x8 = memref<8xf32, @ymm>
!f32x8_mem = memref<8xf32, @mem>
!f32s = memref<?xf32, @mem>
!f32_mem = memref<f32, @mem>
!f64x4 = memref<4xf64, @ymm>
!f64x4_mem = memref<4xf64, @mem>
!f64s = memref<?xf64, @mem>
!f64_mem = memref<f64, @mem>
!i32x8 = memref<8xi32, @ymm>
!i32x8_mem = memref<8xi32, @mem>
!i32s = memref<?xi32, @mem>
!i32_mem = memref<i32, @mem>
!i64x4 = memref<4xi64, @ymm>
!i64x4_mem = memref<4xi64, @mem>
!i64s = memref<?xi64, @mem>
!i64_mem = memref<i64, @mem>
!i8x32 = memref<32xi8, @ymm>
!i8x32_mem = memref<32xi8, @mem>
!i8s = memref<?xi8, @mem>
!i8_mem = memref<i8, @mem>
!i16x16 = memref<16xi16, @ymm>
!i16x16_mem = memref<16xi16, @mem>
!i16s = memref<?xi16, @mem>
!i16_mem = memref<i16, @mem>

isa.target @avx2_moves {
  isa.include "registers.mlir"

  // 8 x f32

  isa.instruction @loadu_ps(%dst: !f32x8, %src: !f32x8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_loadu_ps({src});" {
    linalg.copy ins(%src : !f32x8_mem) outs(%dst : !f32x8)
  }

  isa.instruction @storeu_ps(%dst: !f32x8_mem, %src: !f32x8)
      on @store cost<latency = 4, interval = 1> c "_mm256_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : !f32x8) outs(%dst : !f32x8_mem)
  }

  isa.instruction @maskload_ps(%dst: !f32x8, %src: !f32s) on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_ps({src}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({src.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f32s, !f32x8)
  }

  isa.instruction @maskstore_ps(%dst: !f32s, %src: !f32x8) on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_ps({dst}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({dst.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f32x8, !f32s)
  }

  isa.instruction @set1_ps(%dst: !f32x8, %src: !f32_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_ps(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f32_mem, !f32x8)
  }

  isa.instruction @setzero_ps(%dst: !f32x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_ps();" {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : !f32x8)
  }

  isa.instruction @fill_ps(%dst: !f32x8, %value: f32)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_ps({value});" {
    linalg.fill ins(%value : f32) outs(%dst : !f32x8)
  }

  // 4 x f64

  isa.instruction @loadu_pd(%dst: !f64x4, %src: !f64x4_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_loadu_pd({src});" {
    linalg.copy ins(%src : !f64x4_mem) outs(%dst : !f64x4)
  }

  isa.instruction @storeu_pd(%dst: !f64x4_mem, %src: !f64x4)
      on @store cost<latency = 4, interval = 1> c "_mm256_storeu_pd({dst}, {src});" {
    linalg.copy ins(%src : !f64x4) outs(%dst : !f64x4_mem)
  }

  isa.instruction @maskload_pd(%dst: !f64x4, %src: !f64s) on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_pd({src}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(0, 1, 2, 3)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64s, !f64x4)
  }

  isa.instruction @maskstore_pd(%dst: !f64s, %src: !f64x4) on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_pd({dst}, _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(0, 1, 2, 3)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64x4, !f64s)
  }

  isa.instruction @set1_pd(%dst: !f64x4, %src: !f64_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f64_mem, !f64x4)
  }

  isa.instruction @setzero_pd(%dst: !f64x4) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_pd();" {
    %zero = arith.constant 0.0 : f64
    linalg.fill ins(%zero : f64) outs(%dst : !f64x4)
  }

  isa.instruction @fill_pd(%dst: !f64x4, %value: f64)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_pd({value});" {
    linalg.fill ins(%value : f64) outs(%dst : !f64x4)
  }

  // 8 x i32

  isa.instruction @loadu_epi32(%dst: !i32x8, %src: !i32x8_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i32x8_mem) outs(%dst : !i32x8)
  }

  isa.instruction @storeu_epi32(%dst: !i32x8_mem, %src: !i32x8)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i32x8) outs(%dst : !i32x8_mem)
  }

  isa.instruction @maskload_epi32(%dst: !i32x8, %src: !i32s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_epi32({src}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({src.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i32s, !i32x8)
  }

  isa.instruction @maskstore_epi32(%dst: !i32s, %src: !i32x8)
      on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_epi32({dst}, _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)({dst.size0})), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i32x8, !i32s)
  }

  isa.instruction @set1_epi32(%dst: !i32x8, %src: !i32_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi32(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i32_mem, !i32x8)
  }

  isa.instruction @setzero_epi32(%dst: !i32x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : !i32x8)
  }

  isa.instruction @fill_epi32(%dst: !i32x8, %value: i32)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi32({value});" {
    linalg.fill ins(%value : i32) outs(%dst : !i32x8)
  }

  // 4 x i64

  isa.instruction @loadu_epi64(%dst: !i64x4, %src: !i64x4_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i64x4_mem) outs(%dst : !i64x4)
  }

  isa.instruction @storeu_epi64(%dst: !i64x4_mem, %src: !i64x4)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i64x4) outs(%dst : !i64x4_mem)
  }

  isa.instruction @maskload_epi64(%dst: !i64x4, %src: !i64s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm256_maskload_epi64((const long long *)({src}), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({src.size0})), _mm256_setr_epi64x(0, 1, 2, 3)));" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64s, !i64x4)
  }

  isa.instruction @maskstore_epi64(%dst: !i64s, %src: !i64x4)
      on @store cost<latency = 8, interval = 2>
      c "_mm256_maskstore_epi64((long long *)({dst}), _mm256_cmpgt_epi64(_mm256_set1_epi64x((int64_t)({dst.size0})), _mm256_setr_epi64x(0, 1, 2, 3)), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64x4, !i64s)
  }

  isa.instruction @set1_epi64(%dst: !i64x4, %src: !i64_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi64x(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i64_mem, !i64x4)
  }

  isa.instruction @setzero_epi64(%dst: !i64x4) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i64
    linalg.fill ins(%zero : i64) outs(%dst : !i64x4)
  }

  isa.instruction @fill_epi64(%dst: !i64x4, %value: i64)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi64x({value});" {
    linalg.fill ins(%value : i64) outs(%dst : !i64x4)
  }

  // 32 x i8

  isa.instruction @loadu_epi8(%dst: !i8x32, %src: !i8x32_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i8x32_mem) outs(%dst : !i8x32)
  }

  isa.instruction @storeu_epi8(%dst: !i8x32_mem, %src: !i8x32)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i8x32) outs(%dst : !i8x32_mem)
  }

  isa.instruction @part_loadu_epi8(%dst: !i8x32, %src: !i8s)
      on @load cost<latency = 14, interval = 4>
      c "{{ int8_t part[32] = {{0}}; memcpy(part, {src}, ({src.size0})); {dst} = _mm256_loadu_si256((const __m256i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x32)
  }

  isa.instruction @part_storeu_epi8(%dst: !i8s, %src: !i8x32)
      on @store cost<latency = 14, interval = 4>
      c "{{ int8_t part[32]; _mm256_storeu_si256((__m256i *)part, {src}); memcpy({dst}, part, ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8x32, !i8s)
  }

  isa.instruction @set1_epi8(%dst: !i8x32, %src: !i8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi8(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i8_mem, !i8x32)
  }

  isa.instruction @setzero_epi8(%dst: !i8x32) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !i8x32)
  }

  isa.instruction @fill_epi8(%dst: !i8x32, %value: i8)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi8({value});" {
    linalg.fill ins(%value : i8) outs(%dst : !i8x32)
  }

  // 16 x i16

  isa.instruction @loadu_epi16(%dst: !i16x16, %src: !i16x16_mem)
      on @load cost<latency = 7, interval = 1>
      c "{dst} = _mm256_loadu_si256((const __m256i *)({src}));" {
    linalg.copy ins(%src : !i16x16_mem) outs(%dst : !i16x16)
  }

  isa.instruction @storeu_epi16(%dst: !i16x16_mem, %src: !i16x16)
      on @store cost<latency = 4, interval = 1>
      c "_mm256_storeu_si256((__m256i *)({dst}), {src});" {
    linalg.copy ins(%src : !i16x16) outs(%dst : !i16x16_mem)
  }

  isa.instruction @part_loadu_epi16(%dst: !i16x16, %src: !i16s)
      on @load cost<latency = 14, interval = 4>
      c "{{ int16_t part[16] = {{0}}; memcpy(part, {src}, 2 * ({src.size0})); {dst} = _mm256_loadu_si256((const __m256i *)part); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16s, !i16x16)
  }

  isa.instruction @part_storeu_epi16(%dst: !i16s, %src: !i16x16)
      on @store cost<latency = 14, interval = 4>
      c "{{ int16_t part[16]; _mm256_storeu_si256((__m256i *)part, {src}); memcpy({dst}, part, 2 * ({dst.size0})); }}" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16x16, !i16s)
  }

  isa.instruction @set1_epi16(%dst: !i16x16, %src: !i16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i16_mem, !i16x16)
  }

  isa.instruction @setzero_epi16(%dst: !i16x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm256_setzero_si256();" {
    %zero = arith.constant 0 : i16
    linalg.fill ins(%zero : i16) outs(%dst : !i16x16)
  }

  isa.instruction @fill_epi16(%dst: !i16x16, %value: i16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm256_set1_epi16({value});" {
    linalg.fill ins(%value : i16) outs(%dst : !i16x16)
  }
}
