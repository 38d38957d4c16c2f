// RUN: isa-opt --split-input-file --verify-diagnostics %s | filecheck %s

// What is wrong in the description of a machine.

// CHECK: error: 'isa.instruction': unknown memory @vek of operand %dst; did you mean 'vec'?
// An operand in a memory that the target lacks.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vek>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vek>)
  }
}

// -----

// CHECK: error: 'isa.instruction': operand %dst must name its memory, such as 'memref<16xf32, @mem>'
// An operand without a memory.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the layout of operand %src must be 'strided<[...]>' or absent, got affine_map<(d0) -> ((d0 * 2))>
// A layout that is no strides.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, affine_map<(d0) -> (d0 * 2)>, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, affine_map<(d0) -> (d0 * 2)>, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': unknown unit @allu; did you mean 'alu'?
// An unknown unit.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @allu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the cost is missing, such as 'cost<latency = 4, interval = 1>'
// No cost.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': interval must be at least 1 cycle, got 0
// A cost of nothing.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 0> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.target': Redefinition of symbol "vec"
// Two parts of one name.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.unit @vec
}

// -----

// CHECK: error: 'isa.instruction': two operands are called %a; an ending '_<number>' is not part of a name
// Two operands of one name.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%a: memref<4xf32, @vec>, %a_1: memref<4xf32, @vec>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%a_1 : memref<4xf32, @vec>) outs(%a : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': operand #0 has no name
// An operand without a name.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%0: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%0 : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': register operand %dst has 32 bytes, but a register of @vec has 16
// A register operand of another size.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<8xf32, @vec>, %src: memref<8xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<8xf32, @mem>) outs(%dst : memref<8xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': register operand %dst must be contiguous, got memref<4xf32, strided<[2]>, @vec>
// A register operand with gaps.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, strided<[2]>, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, strided<[2]>, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': register operand %dst must have static extents, got memref<?xf32, @vec>
// A register operand of unknown extent.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<?xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    kernel.contract "i->i"(%src) into %dst {guarded} : (memref<4xf32, @mem>, memref<?xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': @vec has no entry for i32 in 'c.types', which the C form of operand %dst needs
// A register operand without a C type.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xi32, @vec>, %src: memref<4xi32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = {src};" {
    linalg.copy ins(%src : memref<4xi32, @mem>) outs(%dst : memref<4xi32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the C form names {sorc}, but there is no such operand; did you mean 'src'?
// A placeholder that is no operand.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({sorc});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the C form has the placeholder {src.length}; known are {name}, {name.size0} and {name.stride0}
// A placeholder of another form.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({src.length});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the C form has {src.size1}, but the operand has rank 1
// An extent of a dimension that is not there.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({src}, {src.size1});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the C form has {dst.stride0}, but a register has no strides
// A stride of a register.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({src}, {dst.stride0});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the C form is malformed: expected '}' before end of string; literal braces are written
// A lone brace.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({src);" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the body must be exactly one statement, got 0
// No statement.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
  }
}

// -----

// CHECK: error: 'isa.instruction': the body must be exactly one statement, got 2
// Two statements.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': 'memref.copy' is not a statement; the body is one of: kernel.contract, linalg.generic, linalg.map, linalg.copy, linalg.fill
// An operation that is no statement.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    "memref.copy"(%src, %dst) : (memref<4xf32, @mem>, memref<4xf32, @vec>) -> ()
  }
}

// -----

// CHECK: error: 'isa.instruction': 'memref.alloc' is not a statement; the body is one of: kernel.contract, linalg.generic, linalg.map, linalg.copy, linalg.fill
// A value that is not an operand.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    %x = memref.alloc() : memref<4xf32, @mem>
    linalg.copy ins(%x : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': operand %more is not used by the body
// An operand that the body does not use.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>, %more: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': the statement must write one operand, but it writes 2
// Two outputs.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%p: memref<4xf32, @vec>, %q: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
        iterator_types = ["parallel"]} ins(%src : memref<4xf32, @mem>) outs(%p, %q : memref<4xf32, @vec>, memref<4xf32, @vec>) {
    ^bb0(%x: f32, %y: f32, %z: f32):
      linalg.yield %x, %x : f32, f32
    }
  }
}

// -----

// CHECK: error: 'isa.instruction': the output %dst is also an input of the statement
// An output that is also an input.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%dst : memref<4xf32, @vec>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'linalg.copy': extents of axis 'd0' differ: 8 in %src, 4 in %dst
// Shapes that differ.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<8xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<8xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'linalg.copy': %src has rank 2, but [d0] has 1 dimension
// Ranks that differ.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<2x2xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<2x2xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'linalg.generic': expected operand #0 of rank 1 to match the result count of indexing_map #0, 2
// A map of another rank.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i, i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>) {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
  }
}

// -----

// CHECK: error: 'isa.instruction': the indexing map of %src is not linear: (d0) -> ((d0 floordiv 2))
// A map that is not linear.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i floordiv 2)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>) {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
  }
}

// -----

// CHECK: error: 'linalg.generic': expected type of bb argument #0 (f64) to match element or self type of the corresponding operand (f32)
// A body of other element types.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>) {
    ^bb0(%x: f64, %y: f32):
      linalg.yield %y : f32
    }
  }
}

// -----

// CHECK: error: 'isa.instruction': no other operand bounds the extent '?' of operand %dst
// An extent that nothing bounds.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<?xf32, @mem>, %src: memref<f32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.generic {indexing_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%src : memref<f32, @mem>) outs(%dst : memref<?xf32, @mem>) attrs = {guarded} {
    ^bb0(%x: f32, %y: f32):
      linalg.yield %x : f32
    }
  }
}

// -----

// CHECK: error: 'isa.instruction': operand %src has an extent '?', so the statement must be 'guarded'
// An unknown extent without a guard.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<?xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    kernel.contract "i->i"(%src) into %dst : (memref<?xf32, @mem>, memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction': one extent may be '?' that 'extents' does not give, got 2
// Two unknown extents.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %a: memref<?xf32, @mem>, %b: memref<?xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    kernel.contract "i,i->i"(%a, %b) into %dst {guarded}
      : (memref<?xf32, @mem>, memref<?xf32, @mem>, memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.instruction' must stand in an 'isa.target'
// An instruction outside a target.
isa.instruction @i() on @alu cost<latency = 1, interval = 1> {
}

// -----

// CHECK: error: 'isa.memory': register memory @vec has no 'count'
// Registers without a number.
isa.target @t {
  isa.memory @vec register {bytes = 16 : i64}
}

// -----

// CHECK: error: 'isa.memory': 'bytes' of @vec must be positive, got 0
// Registers of no size.
isa.target @t {
  isa.memory @vec register {count = 8 : i64, bytes = 0 : i64}
}

// -----

// CHECK: error: 'isa.memory': bytes and bandwidth of cache level "L1" must be positive
// A cache of no bandwidth.
isa.target @t {
  isa.memory @mem cached {levels = [#isa.level<"L1", bytes = 1024, bandwidth = 0>]}
}

// -----

// CHECK: error: Expected `cached`, `scratchpad`, or `register`.
// An unknown kind of memory.
isa.target @t {
  isa.memory @mem cashed
}

// -----

// CHECK: error: 'isa.memory': 'c.types' must give a string for every element type
// C types that are no text.
isa.target @t {
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = 1 : i64}}
}

// -----

// CHECK: error: 'isa.unit': 'count' of @alu must be positive, got 0
// No units of a kind.
isa.target @t {
  isa.unit @alu {count = 0 : i64}
}

// -----

// CHECK: error: 'isa.target': 'arith.constant' does not describe a part of a machine
// Something that is no part of a machine.
isa.target @t {
  %0 = arith.constant 1 : i32
}

// -----

// CHECK: error: 'isa.target': @t has 2 isa.scalar, at most one is allowed
// Two isa.scalar.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.scalar @x in @mem on @alu cost<latency = 1, interval = 1>
  isa.scalar @y in @mem on @alu cost<latency = 1, interval = 1>
}

// -----

// CHECK: error: 'isa.scalar': @vec is a register memory; a C compiler evaluates from others only
// Scalars in registers.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.scalar @x in @vec on @alu cost<latency = 1, interval = 1>
}

// -----

// CHECK: error: 'isa.instruction': the C form has the placeholder {src!r:3}; known are {name}, {name.size0} and {name.stride0}
// A placeholder with a format.
isa.target @t {
  isa.memory @mem cached
  isa.memory @vec register {count = 8 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @vec>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> c "{dst} = load({src!r:3});" {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vec>)
  }
}

// -----

// CHECK: error: 'isa.target': a machine takes no arguments
// A machine with arguments.
isa.target @t {
^bb0(%a: i32):
}

// -----

// CHECK: error: 'isa.instruction': operand %src stands behind a parameter; parameters come last
// A parameter among the operands.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @mem>, %scale: f32, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @mem>)
  }
}

// -----

// CHECK: error: 'isa.instruction': parameter %scale is not used by the body
// A parameter that nothing reads.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @mem>, %scale: f32)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @mem>)
  }
}

// -----

// CHECK: error: 'isa.instruction': %scale must be an operand (a memref) or a parameter (a number)
// Neither an operand nor a number.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @i(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @mem>, %scale: index)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @mem>)
  }
}

// -----

// CHECK: error: 'isa.instruction' and 'isa.unit' have the same name, @alu
// CHECK: hint: the other one is in line [[#]]
// Two parts of one name.
isa.target @t {
  isa.memory @mem cached
  isa.unit @alu
  isa.instruction @alu(%dst: memref<4xf32, @mem>, %src: memref<4xf32, @mem>)
      on @alu cost<latency = 1, interval = 1> {
    linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @mem>)
  }
}

// -----

// CHECK: error: 'isa.format': '{60:8}' in the C form must be 1 to 64 of the 64 bits
// A C form with more bits than a word has.
isa.target @t {
  isa.format @word bits 64 [opcode[0:8]] c "go({60:8});"
}

// -----

// CHECK: error: 'isa.instruction': '@both[4:8] = extent(i)' is in bits of another setting
// Two settings in the same bits of a configuration.
isa.target @t {
  isa.memory @mem cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 16 : i64}
  isa.unit @move {queue = 4 : i64}
  isa.format @set bits 64 [opcode[0:8] = 2, to[32:32] = value()]
  isa.format @word bits 64 [opcode[0:8], near[8:16], far[32:32]]
  isa.configuration @both on @move encoded<@set>
  isa.instruction @load(%dst: memref<?x16xi8, @spad>, %src: memref<?x16xi8, @mem>) on @move extents<i = 8>
      cost<latency = 8, interval = i> encoded<@word, opcode = 3, near = address(dst), far = address(src),
        @both[0:8] = extent(i), @both[4:8] = extent(i)> {
    kernel.contract "ij->ij"(%src) into %dst : (memref<?x16xi8, @mem>, memref<?x16xi8, @spad>)
  }
}

// -----

// CHECK: error: 'isa.instruction': unknown input 'dst' that is to be computed; known: src
// An operand that is to be computed, but is no input.
isa.target @t {
  isa.memory @mem cached
  isa.memory @spad scratchpad {bytes = 1024 : i64, row = 16 : i64}
  isa.unit @move
  isa.instruction @store(%dst: memref<16xi8, @mem>, %src: memref<16xi8, @spad>) on @move
      cost<latency = 8, interval = 1> attributes {computed = ["dst"]} {
    linalg.copy ins(%src : memref<16xi8, @spad>) outs(%dst : memref<16xi8, @mem>)
  }
}
