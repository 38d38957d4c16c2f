// AVX-512: 16 floats, 8 doubles or 16 integers per register, two multiply-adds per cycle
//
// Costs and bandwidths are those of a recent server core (Zen 5 class, full-width units), in cycles
// and bytes per cycle: latencies and pipes as in the scheduling model of GCC 15 for Zen 5
// (gcc/config/i386/zn4zn5.md); what it does not tell (rounding, scaling, several steps) is a sum of
// its entries, in the proportions measured on a Zen 4. Operands are in the order of the C form's
// assignment: the output first.

isa.target @avx512 attributes {summary = "x86-64 with AVX-512"} {
  isa.include "avx512/floats.mlir"
  isa.include "avx512/integers.mlir"
  isa.include "avx512/pairs.mlir"
  isa.include "avx512/conversions.mlir"
  isa.include "avx512/comparisons.mlir"
  isa.include "avx512/lanes.mlir"
}
