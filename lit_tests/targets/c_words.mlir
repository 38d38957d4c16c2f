// RUN: isa-opt %s -p compile{target=small} -t c | filecheck %s

// A CPU hands the machine its instructions: every word of the binary form is a statement of C.

isa.target @small attributes {interlocked, c.headers = ["small.h"], c.prelude = ["#define GO(f, x, y) go(f, x, y)"]} {
  isa.memory @dram cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 16 : i64}
  isa.unit @move {queue = 4 : i64}
  isa.unit @add {queue = 4 : i64}
  isa.format @two bits 192 [function[0:8], near[64:16], rows[80:8], far[128:64]] c "GO({0:8}, {64:64}, {128:64});"
  isa.format @one bits 64 [function[0:8], a[16:16], b[32:16], rows[48:8]] c "go_on({0:64});"
  isa.control @end on @add finishes encoded<@one, function = 1>
  isa.instruction @load(%dst: memref<?x16xi8, @spad>, %src: memref<?x16xi8, @dram>) on @move extents<i = 8>
      cost<latency = 8, interval = i> encoded<@two, function = 2, near = address(dst), far = address(src), rows = extent(i)> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x16xi8, @dram>, memref<?x16xi8, @spad>)
  }
  isa.instruction @store(%dst: memref<?x16xi8, @dram>, %src: memref<?x16xi8, @spad>) on @move extents<i = 8>
      cost<latency = 8, interval = i> encoded<@two, function = 3, near = address(src), far = address(dst), rows = extent(i)> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x16xi8, @spad>, memref<?x16xi8, @dram>)
  }
  isa.instruction @add_to(%a: memref<?x16xi8, @spad>, %b: memref<?x16xi8, @spad>) on @add extents<i = 8>
      cost<latency = 8, interval = i> encoded<@one, function = 4, a = address(a), b = address(b), rows = extent(i)> {
    kernel.contract "ij->ij"(%b) add %a : (memref<?x16xi8, @spad>, memref<?x16xi8, @spad>)
  }
}

// CHECK:      #include <small.h>
// CHECK-NEXT: #include <stdint.h>
// CHECK-EMPTY:
// CHECK-NEXT: #define GO(f, x, y) go(f, x, y)
// CHECK:      void add(const int8_t *restrict x, const int8_t *restrict y, int8_t *restrict out) {
// CHECK:        /* load move dst=@spad[3] i=3 src=x[0] */
// CHECK-NEXT:   GO(2, 196611, (uintptr_t)x);
// CHECK:        /* add_to add a=@spad[6] b=@spad[3] i=1 */
// CHECK-NEXT:   go_on(UINT64_C(0x0001000300060004));
// CHECK:        /* load move dst=@spad[12] i=3 src=x[48] */
// CHECK-NEXT:   GO(2, 196620, (uintptr_t)x + 48);
// CHECK:        GO(3, {{.*}}, (uintptr_t)out + 48);
// CHECK:        go_on(1);
func.func @add(%x: tensor<6x16xi8>, %y: tensor<6x16xi8>) -> tensor<6x16xi8> {
  %s = kernel.elementwise "a + b" (%x, %y) : (tensor<6x16xi8>, tensor<6x16xi8>) -> tensor<6x16xi8>
  func.return %s : tensor<6x16xi8>
}
