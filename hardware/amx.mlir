// AMX: products of tiles of 16 rows of 64 bytes, beside AVX-512
//
// A tile register holds 16 x 16 words of 32 bits. In the second factor of a product the 4 bytes (or 2
// brain floats) of a word belong to neighbouring rows of the matrix, so that a word of either factor is
// what is multiplied and summed together: tiles of factors have three dimensions here.
//
// A product occupies its unit for 16 cycles, a load both ports for 8: Intel 64 and IA-32 Architectures
// Optimization Reference Manual, chapter on AMX, which also has the latencies of both; bandwidths were
// measured on an Emerald Rapids. The registers are configured once, all of them as 16 rows of 64 bytes;
// what is smaller passes through memory, with the rest zero. Products of brain floats read denormal numbers
// as zero and give zero for denormal results, as in avx512_bf16.mlir.

!bytes = memref<16x16x4xi8, @tmm>
!bytes_mem = memref<16x16x4xi8, strided<[?, 4, 1]>, @mem>
!bytes_rows = memref<?x16x4xi8, strided<[?, 4, 1]>, @mem>
!bytes_words = memref<16x?x4xi8, strided<[?, 4, 1]>, @mem>

!halves = memref<16x16x2xbf16, @tmm>
!halves_mem = memref<16x16x2xbf16, strided<[?, 2, 1]>, @mem>
!halves_rows = memref<?x16x2xbf16, strided<[?, 2, 1]>, @mem>
!halves_words = memref<16x?x2xbf16, strided<[?, 2, 1]>, @mem>

!integers = memref<16x16xi32, @tmm>
!integers_mem = memref<16x16xi32, strided<[?, 1]>, @mem>
!integers_rows = memref<?x16xi32, strided<[?, 1]>, @mem>
!integers_columns = memref<16x?xi32, strided<[?, 1]>, @mem>
!integers_row = memref<16xi32, @mem>

!floats = memref<16x16xf32, @tmm>
!floats_mem = memref<16x16xf32, strided<[?, 1]>, @mem>
!floats_rows = memref<?x16xf32, strided<[?, 1]>, @mem>
!floats_columns = memref<16x?xf32, strided<[?, 1]>, @mem>
!floats_row = memref<16xf32, @mem>

isa.target @amx attributes {
    summary = "x86-64 with AVX-512 and advanced matrix extensions",
    features = ["amx_tile", "amx_int8", "amx_bf16"],
    c.headers = ["stdio.h", "stdlib.h", "sys/syscall.h"],
    c.flags = ["-mamx-tile", "-mamx-int8", "-mamx-bf16", "-mbmi2"]} {
  isa.include "avx512_server"

  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 49152, bandwidth = 128>,
    #isa.level<"L2", bytes = 2097152, bandwidth = 48>,
    #isa.level<"L3", bytes = 67108864, bandwidth = 8>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 6>]}

  isa.memory @tmm register {count = 8 : i64, bytes = 1024 : i64, c.numbered = "tiles_begin();",
    c.prelude = [
      "/* Linux gives the tile registers to processes that ask for them. */",
      "extern long (syscall)(long, ...);",
      "static __attribute__((constructor)) void tiles_request(void) {",
      "  if (syscall(SYS_arch_prctl, 0x1023 /* ARCH_REQ_XCOMP_PERM */, 18 /* XTILEDATA */)) {",
      "    perror(\"the system does not give us tile registers\");",
      "    exit(EXIT_FAILURE);",
      "  }",
      "}",
      "",
      "/* Every tile register has 16 rows of 64 bytes. */",
      "static inline void tiles_begin(void) {",
      "  static const _Alignas(64) struct {",
      "    unsigned char palette, start_row, reserved[14];",
      "    unsigned short columns[16];",
      "    unsigned char rows[16];",
      "  } shapes = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}};",
      "  _tile_loadconfig(&shapes);",
      "}",
      "",
      "/* What is written before a tile is loaded must be in memory then: compilers may not know. */",
      "#define TILE_LOAD(tile, source, stride) \\",
      "  do { \\",
      "    __asm__ volatile(\"\" : : : \"memory\"); \\",
      "    _tile_loadd(tile, source, stride); \\",
      "  } while (0)",
      "",
      "static _Thread_local _Alignas(64) unsigned char tile_rows[16][64];",
      "",
      "/* The first `bytes` of so many rows that are `stride` bytes apart, the rest of a tile zero. */",
      "static inline void tile_gather(const void *source, int64_t stride, int64_t rows, int64_t bytes) {",
      "  const __mmask64 mask = _bzhi_u64(~0ull, (unsigned)bytes);",
      "  for (int64_t i = 0; i < 16; i++) {",
      "    const __mmask64 present = i < rows ? mask : 0;",
      "    const void *row = (const char *)source + (i < rows ? i : 0) * stride;",
      "    _mm512_store_si512(tile_rows[i], _mm512_maskz_loadu_epi8(present, row));",
      "  }",
      "}",
      "",
      "/* The first `bytes` of so many rows of the tile that was stored into `tile_rows`. */",
      "static inline void tile_scatter(void *target, int64_t stride, int64_t rows, int64_t bytes) {",
      "  const __mmask64 mask = _bzhi_u64(~0ull, (unsigned)bytes);",
      "  for (int64_t i = 0; i < rows; i++)",
      "    _mm512_mask_storeu_epi8((char *)target + i * stride, mask, _mm512_load_si512(tile_rows[i]));",
      "}"]}
  isa.unit @tiles {count = 1 : i64}

  // Factors of i8: 4 elements a word

  isa.instruction @tileload_epi8(%dst: !bytes, %src: !bytes_mem)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, {src.stride0});" {
    linalg.copy ins(%src : !bytes_mem) outs(%dst : !bytes)
  }

  isa.instruction @tileload_rows_epi8(%dst: !bytes, %src: !bytes_rows)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, {src.stride0}, {src.size0}, 64); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ijk->ijk"(%src) into %dst {guarded} : (!bytes_rows, !bytes)
  }

  isa.instruction @tileload_words_epi8(%dst: !bytes, %src: !bytes_words)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, {src.stride0}, 16, 4 * ({src.size1})); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ijk->ijk"(%src) into %dst {guarded} : (!bytes_words, !bytes)
  }

  isa.instruction @tilestore_epi8(%dst: !bytes_mem, %src: !bytes)
      on @store cost<latency = 20, interval = 16>
      c "_tile_stored({src}, {dst}, {dst.stride0});" {
    linalg.copy ins(%src : !bytes) outs(%dst : !bytes_mem)
  }

  isa.instruction @tilezero_epi8(%dst: !bytes) on @tiles cost<latency = 16, interval = 1> c "_tile_zero({dst});" {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : !bytes)
  }

  // Factors of bf16: 2 elements a word

  isa.instruction @tileload_pbh(%dst: !halves, %src: !halves_mem)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, 2 * ({src.stride0}));" {
    linalg.copy ins(%src : !halves_mem) outs(%dst : !halves)
  }

  isa.instruction @tileload_rows_pbh(%dst: !halves, %src: !halves_rows)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 2 * ({src.stride0}), {src.size0}, 64); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ijk->ijk"(%src) into %dst {guarded} : (!halves_rows, !halves)
  }

  isa.instruction @tileload_words_pbh(%dst: !halves, %src: !halves_words)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 2 * ({src.stride0}), 16, 4 * ({src.size1})); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ijk->ijk"(%src) into %dst {guarded} : (!halves_words, !halves)
  }

  isa.instruction @tilestore_pbh(%dst: !halves_mem, %src: !halves)
      on @store cost<latency = 20, interval = 16>
      c "_tile_stored({src}, {dst}, 2 * ({dst.stride0}));" {
    linalg.copy ins(%src : !halves) outs(%dst : !halves_mem)
  }

  isa.instruction @tilezero_pbh(%dst: !halves) on @tiles cost<latency = 16, interval = 1> c "_tile_zero({dst});" {
    %zero = arith.constant 0.0 : bf16
    linalg.fill ins(%zero : bf16) outs(%dst : !halves)
  }

  // Sums of i32

  isa.instruction @tileload_epi32(%dst: !integers, %src: !integers_mem)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, 4 * ({src.stride0}));" {
    linalg.copy ins(%src : !integers_mem) outs(%dst : !integers)
  }

  isa.instruction @tilestore_epi32(%dst: !integers_mem, %src: !integers)
      on @store cost<latency = 20, interval = 16>
      c "_tile_stored({src}, {dst}, 4 * ({dst.stride0}));" {
    linalg.copy ins(%src : !integers) outs(%dst : !integers_mem)
  }

  isa.instruction @tilezero_epi32(%dst: !integers) on @tiles cost<latency = 16, interval = 1> c "_tile_zero({dst});" {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : !integers)
  }

  // One row for all
  isa.instruction @tileload_row_epi32(%dst: !integers, %src: !integers_row)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, 0);" {
    kernel.contract "j->ij"(%src) into %dst : (!integers_row, !integers)
  }

  isa.instruction @tileload_rows_epi32(%dst: !integers, %src: !integers_rows)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 4 * ({src.stride0}), {src.size0}, 64); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!integers_rows, !integers)
  }

  isa.instruction @tilestore_rows_epi32(%dst: !integers_rows, %src: !integers)
      on @store cost<latency = 60, interval = 40>
      c "_tile_stored({src}, tile_rows, 64); tile_scatter({dst}, 4 * ({dst.stride0}), {dst.size0}, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!integers, !integers_rows)
  }

  isa.instruction @tileload_columns_epi32(%dst: !integers, %src: !integers_columns)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 4 * ({src.stride0}), 16, 4 * ({src.size1})); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!integers_columns, !integers)
  }

  isa.instruction @tilestore_columns_epi32(%dst: !integers_columns, %src: !integers)
      on @store cost<latency = 60, interval = 40>
      c "_tile_stored({src}, tile_rows, 64); tile_scatter({dst}, 4 * ({dst.stride0}), 16, 4 * ({dst.size1}));" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!integers, !integers_columns)
  }

  // Sums of f32

  isa.instruction @tileload_ps(%dst: !floats, %src: !floats_mem)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, 4 * ({src.stride0}));" {
    linalg.copy ins(%src : !floats_mem) outs(%dst : !floats)
  }

  isa.instruction @tilestore_ps(%dst: !floats_mem, %src: !floats)
      on @store cost<latency = 20, interval = 16>
      c "_tile_stored({src}, {dst}, 4 * ({dst.stride0}));" {
    linalg.copy ins(%src : !floats) outs(%dst : !floats_mem)
  }

  isa.instruction @tilezero_ps(%dst: !floats) on @tiles cost<latency = 16, interval = 1> c "_tile_zero({dst});" {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : !floats)
  }

  // One row for all
  isa.instruction @tileload_row_ps(%dst: !floats, %src: !floats_row)
      on @load cost<latency = 45, interval = 16>
      c "TILE_LOAD({dst}, {src}, 0);" {
    kernel.contract "j->ij"(%src) into %dst : (!floats_row, !floats)
  }

  isa.instruction @tileload_rows_ps(%dst: !floats, %src: !floats_rows)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 4 * ({src.stride0}), {src.size0}, 64); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!floats_rows, !floats)
  }

  isa.instruction @tilestore_rows_ps(%dst: !floats_rows, %src: !floats)
      on @store cost<latency = 60, interval = 40>
      c "_tile_stored({src}, tile_rows, 64); tile_scatter({dst}, 4 * ({dst.stride0}), {dst.size0}, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!floats, !floats_rows)
  }

  isa.instruction @tileload_columns_ps(%dst: !floats, %src: !floats_columns)
      on @load cost<latency = 80, interval = 40>
      c "tile_gather({src}, 4 * ({src.stride0}), 16, 4 * ({src.size1})); TILE_LOAD({dst}, tile_rows, 64);" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!floats_columns, !floats)
  }

  isa.instruction @tilestore_columns_ps(%dst: !floats_columns, %src: !floats)
      on @store cost<latency = 60, interval = 40>
      c "_tile_stored({src}, tile_rows, 64); tile_scatter({dst}, 4 * ({dst.stride0}), 16, 4 * ({dst.size1}));" {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (!floats, !floats_columns)
  }

  // Products of bytes: signed or not, and of brain floats, each with 16 x 16 sums

  isa.instruction @tdpbssd(%acc: !integers, %a: !bytes, %b: !bytes)
      on @tiles cost<latency = 52, interval = 16>
      c "_tile_dpbssd({acc}, {a}, {b});" {
    kernel.contract "ikr,kjr->ij"(%a, %b) add %acc : (!bytes, !bytes, !integers)
  }

  isa.instruction @tdpbusd(%acc: !integers, %a: !bytes, %b: !bytes)
      on @tiles cost<latency = 52, interval = 16>
      c "_tile_dpbusd({acc}, {a}, {b});" {
    kernel.contract "ikr,kjr->ij"(%a, %b) add %acc {unsigned = array<i64: 0>} : (!bytes, !bytes, !integers)
  }

  isa.instruction @tdpbsud(%acc: !integers, %a: !bytes, %b: !bytes)
      on @tiles cost<latency = 52, interval = 16>
      c "_tile_dpbsud({acc}, {a}, {b});" {
    kernel.contract "ikr,kjr->ij"(%a, %b) add %acc {unsigned = array<i64: 1>} : (!bytes, !bytes, !integers)
  }

  isa.instruction @tdpbuud(%acc: !integers, %a: !bytes, %b: !bytes)
      on @tiles cost<latency = 52, interval = 16>
      c "_tile_dpbuud({acc}, {a}, {b});" {
    kernel.contract "ikr,kjr->ij"(%a, %b) add %acc {unsigned = array<i64: 0, 1>} : (!bytes, !bytes, !integers)
  }

  isa.instruction @tdpbf16ps(%acc: !floats, %a: !halves, %b: !halves)
      on @tiles cost<latency = 52, interval = 16>
      c "_tile_dpbf16ps({acc}, {a}, {b});" {
    kernel.contract "ikr,kjr->ij"(%a, %b) add %acc : (!halves, !halves, !floats)
  }
}
