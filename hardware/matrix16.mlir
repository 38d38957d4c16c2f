// A matrix engine: products of 16 x 16 tiles in three operand layouts, for tests (portable C only)
//
// No such computer is sold under this name. Tiles are registers; rows in memory may be any distance
// apart. One instruction does 4096 multiply-adds in 16 cycles.

isa.target @matrix16 attributes {summary = "a generic matrix engine of 16 x 16 x 16"} {
  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 65536, bandwidth = 64>,
    #isa.level<"L2", bytes = 1048576, bandwidth = 32>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 8>]}
  isa.memory @tile register {count = 8 : i64, bytes = 1024 : i64}
  isa.memory @narrow register {count = 8 : i64, bytes = 256 : i64}
  isa.unit @engine {count = 1 : i64}
  isa.unit @mover {count = 1 : i64}
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
}
