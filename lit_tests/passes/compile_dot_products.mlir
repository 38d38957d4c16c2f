// RUN: isa-opt %s -p "compile{target=avx512_vnni}" | filecheck %s
// RUN: isa-opt %s -p "compile{target=avx512_vnni}" -t c | filecheck %s --check-prefix=C

// An instruction with two axes: 16 lanes of four bytes that are multiplied and summed together. The
// bytes of one operand are one word for all lanes, those of the other are four rows, interleaved.

// CHECK:      func.func @bytes
// CHECK:        scf.for
// CHECK:          isa.invoke @avx512_vnni::@loadt_epi8_x4(%{{.*}}, %{{.*}}) : memref<16x4xi8, @zmm>, memref<4x16xi8, strided<[32, 1], offset: ?>>
// CHECK:          isa.invoke @avx512_vnni::@set1_epi8_x4(%{{.*}}, %{{.*}}) : memref<16x4xi8, @zmm>, memref<4xi8, strided<[1], offset: ?>>
// CHECK:          isa.invoke @avx512_vnni::@dpbusd
// The last three of 11 elements:
// CHECK:        isa.invoke @avx512_vnni::@maskz_loadt_epi8_x4_rows(%{{.*}}, %{{.*}}) : memref<16x4xi8, @zmm>, memref<3x16xi8, strided<[32, 1], offset: {{.*}}>>
// CHECK:        isa.invoke @avx512_vnni::@maskz_set1_epi8_x4(%{{.*}}, %{{.*}}) : memref<16x4xi8, @zmm>, memref<3xi8, strided<[1], offset: {{.*}}>>
// C-LABEL: void bytes(const int8_t *restrict a, const int8_t *restrict b, int32_t *restrict {{.*}}) {
// C:         for (int64_t k = 0; k < 8; k += 4) {
// C:           _mm512_broadcastd_epi32(_mm_loadu_si32(&a[k]));
// C:           __asm__("vpdpbusd %2, %1, %0"
func.func @bytes(%a: tensor<2x11xi8>, %b: tensor<11x32xi8>) -> tensor<2x32xi32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b) {unsigned = array<i64: 0>}
    : (tensor<2x11xi8>, tensor<11x32xi8>) -> tensor<2x32xi32>
  func.return %c : tensor<2x32xi32>
}
