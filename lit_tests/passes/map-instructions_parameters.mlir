// Numbers of a kernel become parameters of an instruction, flags are switched on or off, and what
// the kernel lacks is given a number that changes nothing.
// RUN: isa-opt %s -p "map-instructions{target=store}" | filecheck %s
// RUN: isa-opt %s -p "compile{target=store}" | filecheck %s --check-prefix=CODE
// RUN: isa-opt %s -p "compile{target=store}" -t c | filecheck %s --check-prefix=C

isa.target @store attributes {c.headers = ["engine.h"]} {
  isa.memory @mem cached
  isa.unit @alu {count = 1 : i64}
  isa.instruction @narrow(%dst: memref<8xi8, @mem>, %src: memref<8xi32, @mem>, %shift: i32, %relu: i1)
      on @alu cost<latency = 4, interval = 1> c "narrow({dst}, {src}, {shift}, {relu});" {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%src : memref<8xi32, @mem>) outs(%dst : memref<8xi8, @mem>) {
    ^bb0(%x: i32, %old: i8):
      %zero = arith.constant 0 : i32
      %small = arith.shrsi %x, %shift : i32
      %above = arith.maxsi %small, %zero : i32
      %active = arith.select %relu, %above, %small : i32
      %y = arith.trunci %active : i32 to i8
      linalg.yield %y : i8
    }
  }
}

// CHECK-LABEL: @activated
// CHECK: #plan.mapping<@store::@narrow, inputs = [0], axes = {{\[\[}}"n"]], {{.*}}parameters = {relu = true, shift = 3 : i32}>
// CODE-LABEL: @activated
// CODE: isa.invoke @store::@narrow(%{{.*}}, %{{.*}}) with {relu = true, shift = 3 : i32} : memref<8xi8{{.*}}>, memref<8xi32{{.*}}>
// C: void activated(
// C: narrow(&y[n], &x[n], 3, true);
func.func @activated(%x: memref<16xi32>, %y: memref<16xi8>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%x : memref<16xi32>) outs(%y : memref<16xi8>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%a: i32, %old: i8):
    %three = arith.constant 3 : i32
    %zero = arith.constant 0 : i32
    %0 = arith.shrsi %a, %three : i32
    %1 = arith.maxsi %0, %zero : i32
    %2 = arith.trunci %1 : i32 to i8
    linalg.yield %2 : i8
  }
  func.return
}

// CHECK-LABEL: @plain
// CHECK: parameters = {relu = false, shift = 0 : i32}>
// C: narrow(y, x, 0, false);
func.func @plain(%x: memref<8xi32>, %y: memref<8xi8>) {
  linalg.generic {indexing_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (n)>],
      iterator_types = ["parallel"]} ins(%x : memref<8xi32>) outs(%y : memref<8xi8>)
      attrs = {kernel.axes = ["n"]} {
  ^bb0(%a: i32, %old: i8):
    %0 = arith.trunci %a : i32 to i8
    linalg.yield %0 : i8
  }
  func.return
}
