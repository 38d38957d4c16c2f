// AVX-512: moves between memory and whole registers: all lanes, the first few, one repeated, a number

!f32x16 = memref<16xf32, @zmm>
!f32x16_mem = memref<16xf32, @mem>
!f32s = memref<?xf32, @mem>
!f32_mem = memref<f32, @mem>
!f64x8 = memref<8xf64, @zmm>
!f64x8_mem = memref<8xf64, @mem>
!f64s = memref<?xf64, @mem>
!f64_mem = memref<f64, @mem>
!i32x16 = memref<16xi32, @zmm>
!i32x16_mem = memref<16xi32, @mem>
!i32s = memref<?xi32, @mem>
!i32_mem = memref<i32, @mem>
!i64x8 = memref<8xi64, @zmm>
!i64x8_mem = memref<8xi64, @mem>
!i64s = memref<?xi64, @mem>
!i64_mem = memref<i64, @mem>
!i16x32 = memref<32xi16, @zmm>
!i16x32_mem = memref<32xi16, @mem>
!i16s = memref<?xi16, @mem>
!i16_mem = memref<i16, @mem>
!i8x64 = memref<64xi8, @zmm>
!i8x64_mem = memref<64xi8, @mem>
!i8s = memref<?xi8, @mem>
!i8_mem = memref<i8, @mem>

isa.target @avx512_moves {
  isa.include "registers.mlir"

  // 16 x f32

  isa.instruction @loadu_ps(%dst: !f32x16, %src: !f32x16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_ps({src});" {
    linalg.copy ins(%src : !f32x16_mem) outs(%dst : !f32x16)
  }

  isa.instruction @storeu_ps(%dst: !f32x16_mem, %src: !f32x16)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_ps({dst}, {src});" {
    linalg.copy ins(%src : !f32x16) outs(%dst : !f32x16_mem)
  }

  isa.instruction @stream_ps(%dst: !f32x16_mem, %src: !f32x16)
      on @store cost<latency = 4, interval = 1>
      c "if ((uintptr_t)({dst}) % 64) _mm512_storeu_ps({dst}, {src}); else _mm512_stream_ps(({dst}), {src});"
      attributes {streaming = "_mm_sfence();"} {
    linalg.copy ins(%src : !f32x16) outs(%dst : !f32x16_mem)
  }

  isa.instruction @maskz_loadu_ps(%dst: !f32x16, %src: !f32s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_ps((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f32s, !f32x16)
  }

  isa.instruction @mask_storeu_ps(%dst: !f32s, %src: !f32x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_ps({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f32x16, !f32s)
  }

  isa.instruction @set1_ps(%dst: !f32x16, %src: !f32_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_ps(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f32_mem, !f32x16)
  }

  isa.instruction @setzero_ps(%dst: !f32x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_ps();" {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : !f32x16)
  }

  isa.instruction @fill_ps(%dst: !f32x16, %value: f32)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_ps({value});" {
    linalg.fill ins(%value : f32) outs(%dst : !f32x16)
  }

  // 8 x f64

  isa.instruction @loadu_pd(%dst: !f64x8, %src: !f64x8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_pd({src});" {
    linalg.copy ins(%src : !f64x8_mem) outs(%dst : !f64x8)
  }

  isa.instruction @storeu_pd(%dst: !f64x8_mem, %src: !f64x8)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_pd({dst}, {src});" {
    linalg.copy ins(%src : !f64x8) outs(%dst : !f64x8_mem)
  }

  isa.instruction @stream_pd(%dst: !f64x8_mem, %src: !f64x8)
      on @store cost<latency = 4, interval = 1>
      c "if ((uintptr_t)({dst}) % 64) _mm512_storeu_pd({dst}, {src}); else _mm512_stream_pd(({dst}), {src});"
      attributes {streaming = "_mm_sfence();"} {
    linalg.copy ins(%src : !f64x8) outs(%dst : !f64x8_mem)
  }

  isa.instruction @maskz_loadu_pd(%dst: !f64x8, %src: !f64s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_pd((__mmask8)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64s, !f64x8)
  }

  isa.instruction @mask_storeu_pd(%dst: !f64s, %src: !f64x8)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_pd({dst}, (__mmask8)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!f64x8, !f64s)
  }

  isa.instruction @set1_pd(%dst: !f64x8, %src: !f64_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_pd(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!f64_mem, !f64x8)
  }

  isa.instruction @setzero_pd(%dst: !f64x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_pd();" {
    %zero = arith.constant 0.0 : f64
    linalg.fill ins(%zero : f64) outs(%dst : !f64x8)
  }

  isa.instruction @fill_pd(%dst: !f64x8, %value: f64)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_pd({value});" {
    linalg.fill ins(%value : f64) outs(%dst : !f64x8)
  }

  // 16 x i32

  isa.instruction @loadu_epi32(%dst: !i32x16, %src: !i32x16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : !i32x16_mem) outs(%dst : !i32x16)
  }

  isa.instruction @storeu_epi32(%dst: !i32x16_mem, %src: !i32x16)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : !i32x16) outs(%dst : !i32x16_mem)
  }

  isa.instruction @stream_epi32(%dst: !i32x16_mem, %src: !i32x16)
      on @store cost<latency = 4, interval = 1>
      c "if ((uintptr_t)({dst}) % 64) _mm512_storeu_si512({dst}, {src}); else _mm512_stream_si512((void *)({dst}), {src});"
      attributes {streaming = "_mm_sfence();"} {
    linalg.copy ins(%src : !i32x16) outs(%dst : !i32x16_mem)
  }

  isa.instruction @maskz_loadu_epi32(%dst: !i32x16, %src: !i32s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi32((__mmask16)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i32s, !i32x16)
  }

  isa.instruction @mask_storeu_epi32(%dst: !i32s, %src: !i32x16)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi32({dst}, (__mmask16)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i32x16, !i32s)
  }

  isa.instruction @set1_epi32(%dst: !i32x16, %src: !i32_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi32(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i32_mem, !i32x16)
  }

  isa.instruction @setzero_epi32(%dst: !i32x16) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : !i32x16)
  }

  isa.instruction @fill_epi32(%dst: !i32x16, %value: i32)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi32({value});" {
    linalg.fill ins(%value : i32) outs(%dst : !i32x16)
  }

  // 8 x i64

  isa.instruction @loadu_epi64(%dst: !i64x8, %src: !i64x8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : !i64x8_mem) outs(%dst : !i64x8)
  }

  isa.instruction @storeu_epi64(%dst: !i64x8_mem, %src: !i64x8)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : !i64x8) outs(%dst : !i64x8_mem)
  }

  isa.instruction @maskz_loadu_epi64(%dst: !i64x8, %src: !i64s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi64((__mmask8)((1u << ({src.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64s, !i64x8)
  }

  isa.instruction @mask_storeu_epi64(%dst: !i64s, %src: !i64x8)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi64({dst}, (__mmask8)((1u << ({dst.size0})) - 1u), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i64x8, !i64s)
  }

  isa.instruction @set1_epi64(%dst: !i64x8, %src: !i64_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi64(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i64_mem, !i64x8)
  }

  isa.instruction @setzero_epi64(%dst: !i64x8) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0 : i64
    linalg.fill ins(%zero : i64) outs(%dst : !i64x8)
  }

  isa.instruction @fill_epi64(%dst: !i64x8, %value: i64)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi64({value});" {
    linalg.fill ins(%value : i64) outs(%dst : !i64x8)
  }

  // 32 x i16

  isa.instruction @loadu_epi16(%dst: !i16x32, %src: !i16x32_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : !i16x32_mem) outs(%dst : !i16x32)
  }

  isa.instruction @storeu_epi16(%dst: !i16x32_mem, %src: !i16x32)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : !i16x32) outs(%dst : !i16x32_mem)
  }

  isa.instruction @maskz_loadu_epi16(%dst: !i16x32, %src: !i16s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi16((__mmask32)((1ull << ({src.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16s, !i16x32)
  }

  isa.instruction @mask_storeu_epi16(%dst: !i16s, %src: !i16x32)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi16({dst}, (__mmask32)((1ull << ({dst.size0})) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i16x32, !i16s)
  }

  isa.instruction @set1_epi16(%dst: !i16x32, %src: !i16_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi16(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i16_mem, !i16x32)
  }

  isa.instruction @setzero_epi16(%dst: !i16x32) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0 : i16
    linalg.fill ins(%zero : i16) outs(%dst : !i16x32)
  }

  isa.instruction @fill_epi16(%dst: !i16x32, %value: i16)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi16({value});" {
    linalg.fill ins(%value : i16) outs(%dst : !i16x32)
  }

  // 64 x i8

  isa.instruction @loadu_epi8(%dst: !i8x64, %src: !i8x64_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_loadu_si512({src});" {
    linalg.copy ins(%src : !i8x64_mem) outs(%dst : !i8x64)
  }

  isa.instruction @storeu_epi8(%dst: !i8x64_mem, %src: !i8x64)
      on @store cost<latency = 4, interval = 1> c "_mm512_storeu_si512({dst}, {src});" {
    linalg.copy ins(%src : !i8x64) outs(%dst : !i8x64_mem)
  }

  isa.instruction @maskz_loadu_epi8(%dst: !i8x64, %src: !i8s)
      on @load cost<latency = 8, interval = 1>
      c "{dst} = _mm512_maskz_loadu_epi8((__mmask64)((1ull << (({src.size0}) / 2) << ((({src.size0}) + 1) / 2)) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8s, !i8x64)
  }

  isa.instruction @mask_storeu_epi8(%dst: !i8s, %src: !i8x64)
      on @store cost<latency = 5, interval = 1>
      c "_mm512_mask_storeu_epi8({dst}, (__mmask64)((1ull << (({dst.size0}) / 2) << ((({dst.size0}) + 1) / 2)) - 1ull), {src});" {
    kernel.contract "i->i"(%src) into %dst {guarded} : (!i8x64, !i8s)
  }

  isa.instruction @set1_epi8(%dst: !i8x64, %src: !i8_mem)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi8(*({src}));" {
    kernel.contract "->i"(%src) into %dst : (!i8_mem, !i8x64)
  }

  isa.instruction @setzero_epi8(%dst: !i8x64) on @alu cost<latency = 1, interval = 1>
      c "{dst} = _mm512_setzero_si512();" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !i8x64)
  }

  isa.instruction @fill_epi8(%dst: !i8x64, %value: i8)
      on @load cost<latency = 7, interval = 1> c "{dst} = _mm512_set1_epi8({value});" {
    linalg.fill ins(%value : i8) outs(%dst : !i8x64)
  }
}
