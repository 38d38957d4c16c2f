// RUN: isa-opt %s -p "compile{target=amx}" -t c | filecheck %s
// RUN: isa-opt %s -p "compile{target=amx}" -t "c{portable=true}" | filecheck %s --check-prefix=PORTABLE

// Registers that are no variables in C go by number, and are prepared first. One that is not used any
// more is taken again.
// CHECK:      static inline void tiles_begin(void) {
// CHECK:      void product_packed(
// CHECK-NEXT:     {{.*}}
// CHECK-NEXT:   tiles_begin();
// CHECK-NEXT:   _tile_zero(0);
// CHECK:        for (int64_t ko = 0; ko < 4; ko++) {
// CHECK-NEXT:     TILE_LOAD([[B:[0-7]]], &b_packed[2048 * ko], 64);
// CHECK-NEXT:     TILE_LOAD([[C:[0-7]]], &b_packed[2048 * ko + 1024], 64);
// CHECK-NEXT:     TILE_LOAD([[A:[0-7]]], {{.*}}
// CHECK-NEXT:     _tile_dpbssd(0, [[A]], [[B]]);
// CHECK-NEXT:     _tile_dpbssd(1, [[A]], [[C]]);
// CHECK-NEXT:     TILE_LOAD([[A]], {{.*}}
// CHECK-NEXT:     _tile_dpbssd(2, [[A]], [[B]]);
// CHECK-NEXT:     _tile_dpbssd(3, [[A]], [[C]]);
// CHECK:        _tile_stored(0, {{.*}}

// In plain C they are arrays like all others.
// PORTABLE-NOT: tiles_begin
// PORTABLE:     int32_t out_1_0_0[256],
func.func @product(%a: tensor<32x256xi8>, %b: tensor<256x32xi8> {kernel.constant}) -> tensor<32x32xi32> {
  %c = kernel.contract "mk,kn->mn"(%a, %b) : (tensor<32x256xi8>, tensor<256x32xi8>) -> tensor<32x32xi32>
  func.return %c : tensor<32x32xi32>
}
