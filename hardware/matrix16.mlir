// A matrix engine: products of 16 x 16 tiles in three operand layouts, for tests (portable C only)
//
// No such computer is sold under this name. Tiles are registers; rows in memory may be any distance
// apart. One instruction does 4096 multiply-adds in 16 cycles; what follows a product works on a row
// of a tile per cycle, with limits, scales and an activation as parameters.

#rows = affine_map<(i, j) -> (i, j)>

isa.target @matrix16 attributes {summary = "a generic matrix engine of 16 x 16 x 16"} {
  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 65536, bandwidth = 64>,
    #isa.level<"L2", bytes = 1048576, bandwidth = 32>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 8>]}
  isa.memory @tile register {count = 8 : i64, bytes = 1024 : i64}
  isa.memory @narrow register {count = 8 : i64, bytes = 256 : i64}
  isa.unit @engine {count = 1 : i64}
  isa.unit @mover {count = 1 : i64}
  isa.unit @rows {count = 1 : i64}
  isa.unit @alu {count = 1 : i64}

  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>

  // Tiles of f32: moves

  isa.instruction @load_f32(%dst: memref<16x16xf32, @tile>, %src: memref<16x16xf32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xf32, strided<[?, 1]>, @mem>) outs(%dst : memref<16x16xf32, @tile>)
  }
  isa.instruction @load_rows_f32(%dst: memref<16x16xf32, @tile>, %src: memref<?x16xf32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<?x16xf32, strided<[?, 1]>, @mem>, memref<16x16xf32, @tile>)
  }
  isa.instruction @load_columns_f32(%dst: memref<16x16xf32, @tile>, %src: memref<16x?xf32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x?xf32, strided<[?, 1]>, @mem>, memref<16x16xf32, @tile>)
  }
  isa.instruction @store_f32(%dst: memref<16x16xf32, strided<[?, 1]>, @mem>, %src: memref<16x16xf32, @tile>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xf32, @tile>) outs(%dst : memref<16x16xf32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_rows_f32(%dst: memref<?x16xf32, strided<[?, 1]>, @mem>, %src: memref<16x16xf32, @tile>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xf32, @tile>, memref<?x16xf32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_columns_f32(%dst: memref<16x?xf32, strided<[?, 1]>, @mem>, %src: memref<16x16xf32, @tile>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xf32, @tile>, memref<16x?xf32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @clear_f32(%dst: memref<16x16xf32, @tile>) on @engine cost<latency = 4, interval = 1> {
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%dst : memref<16x16xf32, @tile>)
  }
  isa.instruction @fill_f32(%dst: memref<16x16xf32, @tile>, %value: f32) on @engine cost<latency = 4, interval = 1> {
    linalg.fill ins(%value : f32) outs(%dst : memref<16x16xf32, @tile>)
  }

  // Tiles of i32: moves

  isa.instruction @load_i32(%dst: memref<16x16xi32, @tile>, %src: memref<16x16xi32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xi32, strided<[?, 1]>, @mem>) outs(%dst : memref<16x16xi32, @tile>)
  }
  isa.instruction @load_rows_i32(%dst: memref<16x16xi32, @tile>, %src: memref<?x16xi32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<?x16xi32, strided<[?, 1]>, @mem>, memref<16x16xi32, @tile>)
  }
  isa.instruction @load_columns_i32(%dst: memref<16x16xi32, @tile>, %src: memref<16x?xi32, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x?xi32, strided<[?, 1]>, @mem>, memref<16x16xi32, @tile>)
  }
  isa.instruction @store_i32(%dst: memref<16x16xi32, strided<[?, 1]>, @mem>, %src: memref<16x16xi32, @tile>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xi32, @tile>) outs(%dst : memref<16x16xi32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_rows_i32(%dst: memref<?x16xi32, strided<[?, 1]>, @mem>, %src: memref<16x16xi32, @tile>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xi32, @tile>, memref<?x16xi32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_columns_i32(%dst: memref<16x?xi32, strided<[?, 1]>, @mem>, %src: memref<16x16xi32, @tile>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xi32, @tile>, memref<16x?xi32, strided<[?, 1]>, @mem>)
  }
  isa.instruction @clear_i32(%dst: memref<16x16xi32, @tile>) on @engine cost<latency = 4, interval = 1> {
    %zero = arith.constant 0 : i32
    linalg.fill ins(%zero : i32) outs(%dst : memref<16x16xi32, @tile>)
  }
  isa.instruction @fill_i32(%dst: memref<16x16xi32, @tile>, %value: i32) on @engine cost<latency = 4, interval = 1> {
    linalg.fill ins(%value : i32) outs(%dst : memref<16x16xi32, @tile>)
  }

  // Tiles of i8: moves

  isa.instruction @load_i8(%dst: memref<16x16xi8, @narrow>, %src: memref<16x16xi8, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xi8, strided<[?, 1]>, @mem>) outs(%dst : memref<16x16xi8, @narrow>)
  }
  isa.instruction @load_rows_i8(%dst: memref<16x16xi8, @narrow>, %src: memref<?x16xi8, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<?x16xi8, strided<[?, 1]>, @mem>, memref<16x16xi8, @narrow>)
  }
  isa.instruction @load_columns_i8(%dst: memref<16x16xi8, @narrow>, %src: memref<16x?xi8, strided<[?, 1]>, @mem>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x?xi8, strided<[?, 1]>, @mem>, memref<16x16xi8, @narrow>)
  }
  isa.instruction @store_i8(%dst: memref<16x16xi8, strided<[?, 1]>, @mem>, %src: memref<16x16xi8, @narrow>) on @mover cost<latency = 20, interval = 8> {
    linalg.copy ins(%src : memref<16x16xi8, @narrow>) outs(%dst : memref<16x16xi8, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_rows_i8(%dst: memref<?x16xi8, strided<[?, 1]>, @mem>, %src: memref<16x16xi8, @narrow>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xi8, @narrow>, memref<?x16xi8, strided<[?, 1]>, @mem>)
  }
  isa.instruction @store_columns_i8(%dst: memref<16x?xi8, strided<[?, 1]>, @mem>, %src: memref<16x16xi8, @narrow>) on @mover cost<latency = 20, interval = 8> {
    kernel.contract "ij->ij"(%src) into %dst {guarded} : (memref<16x16xi8, @narrow>, memref<16x?xi8, strided<[?, 1]>, @mem>)
  }
  isa.instruction @clear_i8(%dst: memref<16x16xi8, @narrow>) on @engine cost<latency = 4, interval = 1> {
    %zero = arith.constant 0 : i8
    linalg.fill ins(%zero : i8) outs(%dst : memref<16x16xi8, @narrow>)
  }
  isa.instruction @fill_i8(%dst: memref<16x16xi8, @narrow>, %value: i8) on @engine cost<latency = 4, interval = 1> {
    linalg.fill ins(%value : i8) outs(%dst : memref<16x16xi8, @narrow>)
  }

  // Products: rows times columns, with either operand stored the other way around

  isa.instruction @multiply_f32(%c: memref<16x16xf32, @tile>, %a: memref<16x16xf32, @tile>, %b: memref<16x16xf32, @tile>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (memref<16x16xf32, @tile>, memref<16x16xf32, @tile>, memref<16x16xf32, @tile>)
  }

  isa.instruction @multiply_bt_f32(%c: memref<16x16xf32, @tile>, %a: memref<16x16xf32, @tile>, %b: memref<16x16xf32, @tile>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ik,jk->ij"(%a, %b) add %c : (memref<16x16xf32, @tile>, memref<16x16xf32, @tile>, memref<16x16xf32, @tile>)
  }

  isa.instruction @multiply_at_f32(%c: memref<16x16xf32, @tile>, %a: memref<16x16xf32, @tile>, %b: memref<16x16xf32, @tile>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ki,kj->ij"(%a, %b) add %c : (memref<16x16xf32, @tile>, memref<16x16xf32, @tile>, memref<16x16xf32, @tile>)
  }

  isa.instruction @multiply_i8(%c: memref<16x16xi32, @tile>, %a: memref<16x16xi8, @narrow>, %b: memref<16x16xi8, @narrow>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ik,kj->ij"(%a, %b) add %c : (memref<16x16xi8, @narrow>, memref<16x16xi8, @narrow>, memref<16x16xi32, @tile>)
  }

  isa.instruction @multiply_bt_i8(%c: memref<16x16xi32, @tile>, %a: memref<16x16xi8, @narrow>, %b: memref<16x16xi8, @narrow>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ik,jk->ij"(%a, %b) add %c : (memref<16x16xi8, @narrow>, memref<16x16xi8, @narrow>, memref<16x16xi32, @tile>)
  }

  isa.instruction @multiply_at_i8(%c: memref<16x16xi32, @tile>, %a: memref<16x16xi8, @narrow>, %b: memref<16x16xi8, @narrow>)
      on @engine cost<latency = 32, interval = 16> {
    kernel.contract "ki,kj->ij"(%a, %b) add %c : (memref<16x16xi8, @narrow>, memref<16x16xi8, @narrow>, memref<16x16xi32, @tile>)
  }

  // What follows a product: sums, limits, and integers scaled to bytes

  isa.instruction @add_f32(%dst: memref<16x16xf32, @tile>, %a: memref<16x16xf32, @tile>, %b: memref<16x16xf32, @tile>)
      on @rows cost<latency = 20, interval = 16> {
    linalg.generic {indexing_maps = [#rows, #rows, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : memref<16x16xf32, @tile>, memref<16x16xf32, @tile>) outs(%dst : memref<16x16xf32, @tile>) {
    ^bb0(%x: f32, %y: f32, %old: f32):
      %r = arith.addf %x, %y : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @clamp_f32(%dst: memref<16x16xf32, @tile>, %src: memref<16x16xf32, @tile>, %low: f32, %high: f32)
      on @rows cost<latency = 20, interval = 16> {
    linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%src : memref<16x16xf32, @tile>) outs(%dst : memref<16x16xf32, @tile>) {
    ^bb0(%x: f32, %old: f32):
      %above = arith.maximumf %x, %low : f32
      %r = arith.minimumf %above, %high : f32
      linalg.yield %r : f32
    }
  }

  isa.instruction @add_i32(%dst: memref<16x16xi32, @tile>, %a: memref<16x16xi32, @tile>, %b: memref<16x16xi32, @tile>)
      on @rows cost<latency = 20, interval = 16> {
    linalg.generic {indexing_maps = [#rows, #rows, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%a, %b : memref<16x16xi32, @tile>, memref<16x16xi32, @tile>) outs(%dst : memref<16x16xi32, @tile>) {
    ^bb0(%x: i32, %y: i32, %old: i32):
      %r = arith.addi %x, %y : i32
      linalg.yield %r : i32
    }
  }

  // clamp(round(max(x, 0) * multiplier / 2^shift) + zero_point): a half is rounded away from zero,
  // and the maximum is only there with `relu`.
  isa.instruction @requantise_i8(%dst: memref<16x16xi8, @narrow>, %src: memref<16x16xi32, @tile>,
      %multiplier: i32, %shift: i32, %zero_point: i32, %relu: i1)
      on @rows cost<latency = 20, interval = 16> {
    linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]}
        ins(%src : memref<16x16xi32, @tile>) outs(%dst : memref<16x16xi8, @narrow>) {
    ^bb0(%x: i32, %old: i8):
      %none = arith.constant 0 : i32
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %least = arith.constant -128 : i64
      %most = arith.constant 127 : i64
      %positive = arith.maxsi %x, %none : i32
      %active = arith.select %relu, %positive, %x : i32
      %value = arith.extsi %active : i32 to i64
      %factor = arith.extsi %multiplier : i32 to i64
      %product = arith.muli %value, %factor : i64
      %amount = arith.extui %shift : i32 to i64
      %before = arith.subi %amount, %one : i64
      %half = arith.shli %one, %before : i64
      %negative = arith.cmpi slt, %product, %zero : i64
      %down = arith.select %negative, %one, %zero : i64
      %offset = arith.subi %half, %down : i64
      %sum = arith.addi %product, %offset : i64
      %scaled = arith.shrsi %sum, %amount : i64
      %origin = arith.extsi %zero_point : i32 to i64
      %moved = arith.addi %scaled, %origin : i64
      %above = arith.maxsi %moved, %least : i64
      %limited = arith.minsi %above, %most : i64
      %r = arith.trunci %limited : i64 to i8
      linalg.yield %r : i8
    }
  }
}
