// AVX2: 8 floats or 4 doubles per register, with FMA: two multiply-adds per cycle
//
// Costs and bandwidths are those of a recent server core (Zen 5 class), in cycles and bytes per cycle:
// latencies and pipes as in the scheduling model of GCC 15 for Zen 5 (gcc/config/i386/zn4zn5.md);
// what takes several instructions is a sum of its entries. Operands are in the order of the C form's
// assignment: the output first.

isa.target @avx2 attributes {summary = "x86-64 with AVX2 and FMA"} {
  isa.include "avx2/floats.mlir"
  isa.include "avx2/integers.mlir"
  isa.include "avx2/words.mlir"
  isa.include "avx2/pairs.mlir"
  isa.include "avx2/conversions.mlir"
  isa.include "avx2/comparisons.mlir"
  isa.include "avx2/lanes.mlir"
}
