// The accelerator of `npu.mlir` with an array of 256x256 and as wide a bus

isa.target @npu256 attributes {summary = "npu with an array of 256x256",
    dim = 256 : i64, bus = 256 : i64} {
  isa.include "npu"
}
