// The accelerator of `npu.mlir` with an array of 4x4, small enough to follow by hand

isa.target @npu4 attributes {summary = "npu with an array of 4x4, for lessons",
    dim = 4 : i64, bus = 4 : i64} {
  isa.include "npu"
}
