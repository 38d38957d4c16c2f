// A depthwise-separable convolution written as one statement of three operands:
//
//     out[n,p,q,o] += image[n,p+r,q+s,c] * depth[r,s,c] * point[c,o]
//
// No instruction multiplies three numbers. The pass `transform-statements` splits the sum by distributivity
// into a depthwise convolution and a matrix multiplication, and both of them map:
//
//     isa-opt examples/depthwise_separable.mlir -p "normalize-statements,transform-statements{target=avx512 explain}"
//     isa-run examples/depthwise_separable.mlir --target avx512 --portable --check
func.func @separable(%image: tensor<1x8x10x20xf32>, %depth: tensor<3x3x20xf32>, %point: tensor<20x24xf32>)
    -> tensor<1x6x8x24xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x6x8x24xf32>
  %start = linalg.fill ins(%zero : f32) outs(%empty : tensor<1x6x8x24xf32>) -> tensor<1x6x8x24xf32>
  %out = linalg.generic {
      indexing_maps = [
        affine_map<(n, p, q, o, r, s, c) -> (n, p + r, q + s, c)>,
        affine_map<(n, p, q, o, r, s, c) -> (r, s, c)>,
        affine_map<(n, p, q, o, r, s, c) -> (c, o)>,
        affine_map<(n, p, q, o, r, s, c) -> (n, p, q, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%image, %depth, %point : tensor<1x8x10x20xf32>, tensor<3x3x20xf32>, tensor<20x24xf32>)
      outs(%start : tensor<1x6x8x24xf32>) attrs = {kernel.axes = ["n", "p", "q", "o", "r", "s", "c"]} {
  ^bb0(%i: f32, %d: f32, %w: f32, %sum: f32):
    %0 = arith.mulf %i, %d : f32
    %1 = arith.mulf %0, %w : f32
    %2 = arith.addf %sum, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<1x6x8x24xf32>
  func.return %out : tensor<1x6x8x24xf32>
}
