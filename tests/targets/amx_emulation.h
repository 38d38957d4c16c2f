/* Tile registers in plain C, so that code for AMX runs on computers without: compile with -include.
 *
 * After the pseudocode of TDPBSSD, TDPBF16PS, TILELOADD, TILESTORED and TILEZERO in the Intel 64 and
 * IA-32 Architectures Software Developer's Manual. Tiles that are not configured do not work.
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#undef _tile_loadconfig
#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbssd
#undef _tile_dpbsud
#undef _tile_dpbusd
#undef _tile_dpbuud
#undef _tile_dpbf16ps

/* The system gives tile registers. */
#define syscall(...) 0

#define _tile_loadconfig emulated_loadconfig
#define _tile_loadd emulated_loadd
#define _tile_stored emulated_stored
#define _tile_zero emulated_zero
#define _tile_dpbssd(c, a, b) emulated_bytes(c, a, b, 1, 1)
#define _tile_dpbsud(c, a, b) emulated_bytes(c, a, b, 1, 0)
#define _tile_dpbusd(c, a, b) emulated_bytes(c, a, b, 0, 1)
#define _tile_dpbuud(c, a, b) emulated_bytes(c, a, b, 0, 0)
#define _tile_dpbf16ps emulated_dpbf16ps

struct emulated_shapes {
  uint8_t palette, start_row, reserved[14];
  uint16_t columns[16];
  uint8_t rows[16];
};

static _Thread_local struct emulated_shapes emulated_shape;
static _Thread_local uint8_t emulated_tile[8][16][64];

__attribute__((unused)) static void emulated_loadconfig(const void *shapes) {
  memcpy(&emulated_shape, shapes, sizeof emulated_shape);
  memset(emulated_tile, 0, sizeof emulated_tile);
}

static void emulated_check(int tile) {
  if (tile < 0 || tile > 7 || emulated_shape.palette != 1 || emulated_shape.rows[tile] != 16 ||
      emulated_shape.columns[tile] != 64)
    abort();
}

__attribute__((unused)) static void emulated_loadd(int tile, const void *from, int64_t stride) {
  emulated_check(tile);
  for (int i = 0; i < 16; i++)
    memcpy(emulated_tile[tile][i], (const char *)from + i * stride, 64);
}

__attribute__((unused)) static void emulated_stored(int tile, void *to, int64_t stride) {
  emulated_check(tile);
  for (int i = 0; i < 16; i++)
    memcpy((char *)to + i * stride, emulated_tile[tile][i], 64);
}

__attribute__((unused)) static void emulated_zero(int tile) {
  emulated_check(tile);
  memset(emulated_tile[tile], 0, sizeof emulated_tile[tile]);
}

static int32_t emulated_byte(uint8_t byte, int is_signed) { return is_signed ? (int8_t)byte : byte; }

__attribute__((unused)) static void emulated_bytes(int c, int a, int b, int a_signed, int b_signed) {
  emulated_check(a), emulated_check(b), emulated_check(c);
  uint32_t sums[16][16];
  memcpy(sums, emulated_tile[c], sizeof sums);
  for (int m = 0; m < 16; m++)
    for (int k = 0; k < 16; k++)
      for (int n = 0; n < 16; n++)
        for (int i = 0; i < 4; i++)
          sums[m][n] += (uint32_t)(emulated_byte(emulated_tile[a][m][4 * k + i], a_signed) *
                                   emulated_byte(emulated_tile[b][k][4 * n + i], b_signed));
  memcpy(emulated_tile[c], sums, sizeof sums);
}

static float emulated_float(const uint8_t *at) {
  uint16_t half;
  memcpy(&half, at, 2);
  const uint32_t bits = (half & 0x7f80) ? (uint32_t)half << 16 : (uint32_t)(half & 0x8000) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

__attribute__((unused)) static void emulated_dpbf16ps(int c, int a, int b) {
  emulated_check(a), emulated_check(b), emulated_check(c);
  float sums[16][16];
  memcpy(sums, emulated_tile[c], sizeof sums);
  for (int m = 0; m < 16; m++)
    for (int n = 0; n < 16; n++) {
      float even = 0, odd = 0;
      for (int k = 0; k < 16; k++) {
        even += emulated_float(&emulated_tile[a][m][4 * k]) * emulated_float(&emulated_tile[b][k][4 * n]);
        odd += emulated_float(&emulated_tile[a][m][4 * k + 2]) * emulated_float(&emulated_tile[b][k][4 * n + 2]);
      }
      sums[m][n] += even + odd;
    }
  memcpy(emulated_tile[c], sums, sizeof sums);
}
