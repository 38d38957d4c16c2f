// Scalar: any CPU; the C compiler evaluates every expression, one element at a time

isa.target @scalar attributes {summary = "any CPU, without vector instructions"} {
  isa.memory @mem cached {levels = [
    #isa.level<"L1", bytes = 32768, bandwidth = 16>,
    #isa.level<"L2", bytes = 1048576, bandwidth = 16>,
    #isa.level<"DRAM", bytes = 68719476736, bandwidth = 8>]}
  isa.unit @alu {count = 2 : i64}
  isa.scalar @expression in @mem on @alu cost<latency = 4, interval = 1>
}
