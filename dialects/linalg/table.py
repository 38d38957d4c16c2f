"""The named operations of linalg: what each computes, in the notation of `notation.py`.

Names, operands and meaning are upstream MLIR's. The letters are those of the kernel dialect: batch
n or b, group g, output channel o, its pixel z, p, q, input channel c, the window t, r, s, channel
multiplier m; m, n, k of a matrix, and capitals inside a tile.
"""

from __future__ import annotations

_PRODUCTS = {
    "dot": "k,k->",
    "matvec": "mk,k->m",
    "vecmat": "k,kn->n",
    "matmul": "mk,kn->mn",
    "matmul_transpose_a": "km,kn->mn",
    "matmul_transpose_b": "mk,nk->mn",
    "mmt4d": "mkMK,nkNK->mnMN",
    "batch_matvec": "bmk,bk->bm",
    "batch_vecmat": "bk,bkn->bn",
    "batch_matmul": "bmk,bkn->bmn",
    "batch_matmul_transpose_a": "bkm,bkn->bmn",
    "batch_matmul_transpose_b": "bmk,bnk->bmn",
    "batch_mmt4d": "bmkMK,bnkNK->bmnMN",
    "batch_reduce_matmul": "bmk,bkn->mn",
    "conv_1d": "(p+r),r->p",
    "conv_2d": "(p+r)(q+s),rs->pq",
    "conv_3d": "(z+t)(p+r)(q+s),trs->zpq",
    "conv_1d_nwc_wcf": "n(p:r)c,rco->npo",
    "conv_1d_ncw_fcw": "nc(p:r),ocr->nop",
    "conv_2d_nhwc_hwcf": "n(p:r)(q:s)c,rsco->npqo",
    "conv_2d_nhwc_fhwc": "n(p:r)(q:s)c,orsc->npqo",
    "conv_2d_nchw_fchw": "nc(p:r)(q:s),ocrs->nopq",
    "conv_2d_ngchw_fgchw": "ngc(p:r)(q:s),ogcrs->ngopq",
    "conv_2d_ngchw_gfchw": "ngc(p:r)(q:s),gocrs->ngopq",
    "conv_2d_nhwgc_gfhwc": "n(p:r)(q:s)gc,gorsc->npqgo",
    "conv_3d_ndhwc_dhwcf": "n(z:t)(p:r)(q:s)c,trsco->nzpqo",
    "conv_3d_ncdhw_fcdhw": "nc(z:t)(p:r)(q:s),octrs->nozpq",
    "depthwise_conv_1d_nwc_wc": "n(p:r)c,rc->npc",
    "depthwise_conv_1d_ncw_cw": "nc(p:r),cr->ncp",
    "depthwise_conv_1d_nwc_wcm": "n(p:r)c,rcm->npcm",
    "depthwise_conv_2d_nhwc_hwc": "n(p:r)(q:s)c,rsc->npqc",
    "depthwise_conv_2d_nchw_chw": "nc(p:r)(q:s),crs->ncpq",
    "depthwise_conv_2d_nhwc_hwcm": "n(p:r)(q:s)c,rscm->npqcm",
    "depthwise_conv_3d_ndhwc_dhwc": "n(z:t)(p:r)(q:s)c,trsc->nzpqc",
    "depthwise_conv_3d_ncdhw_cdhw": "nc(z:t)(p:r)(q:s),ctrs->nczpq",
    "depthwise_conv_3d_ndhwc_dhwcm": "n(z:t)(p:r)(q:s)c,trscm->nzpqcm",
}
"""Sums of products of two operands."""

_QUANTISED = {
    "quantized_matmul": "matmul",
    "quantized_batch_matmul": "batch_matmul",
    "conv_2d_nhwc_hwcf_q": "conv_2d_nhwc_hwcf",
    "conv_2d_nhwc_fhwc_q": "conv_2d_nhwc_fhwc",
    "conv_2d_nchw_fchw_q": "conv_2d_nchw_fchw",
    "conv_2d_ngchw_gfchw_q": "conv_2d_ngchw_gfchw",
    "conv_2d_nhwgc_gfhwc_q": "conv_2d_nhwgc_gfhwc",
    "conv_3d_ndhwc_dhwcf_q": "conv_3d_ndhwc_dhwcf",
    "depthwise_conv_2d_nhwc_hwc_q": "depthwise_conv_2d_nhwc_hwc",
    "depthwise_conv_2d_nhwc_hwcm_q": "depthwise_conv_2d_nhwc_hwcm",
}
"""Those products that are offered with a zero point for each operand, and without."""

_POOLINGS = {
    "nwc": ("n(p:r)c,r->npc", "sum max max_unsigned min min_unsigned"),
    "ncw": ("nc(p:r),r->ncp", "sum max"),
    "nhwc": ("n(p:r)(q:s)c,rs->npqc", "sum max max_unsigned min min_unsigned"),
    "nchw": ("nc(p:r)(q:s),rs->ncpq", "sum max"),
    "ndhwc": ("n(z:t)(p:r)(q:s)c,trs->nzpqc", "sum max min"),
}
"""The second operand of a pooling is not read; it has the extents of the window."""

UNARY = {
    **{"exp": "exp(a)", "log": "log(a)", "abs": "abs(a)", "ceil": "ceil(a)", "floor": "floor(a)"},
    **{"negf": "-a", "reciprocal": "1.0 / a", "round": "round(a)", "sqrt": "sqrt(a)"},
    **{"rsqrt": "rsqrt(a)", "square": "a * a", "tanh": "tanh(a)", "erf": "erf(a)"},
}
BINARY = {
    **{"add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "powf": "pow(a, b)"},
    **{"max_signed": "max(a, b)", "min_signed": "min(a, b)"},
    **{"max_unsigned": "max_unsigned(a, b)", "min_unsigned": "min_unsigned(a, b)"},
    "div_unsigned": "div_unsigned(a, b)",
}
TERNARY = {"select": "select(a, b, c)"}

KINDS: dict[str, str] = {
    **{kind: f"...->... = {formula}" for kind, formula in UNARY.items()},
    **{kind: f"...,...->... = {formula}" for kind, formula in BINARY.items()},
    **{kind: f"...,...,...->... = {formula}" for kind, formula in TERNARY.items()},
}
"""The kinds of `linalg.elementwise`."""

_ELEMENTWISE = {"max": "max_signed", "min": "min_signed"} | {
    kind: kind for kind in KINDS if not kind.startswith(("max_", "min_"))
}
"""The operations that are one kind of `linalg.elementwise`."""

NAMED: dict[str, str] = {
    **{name: f"{operands} += a * b" for name, operands in _PRODUCTS.items()},
    **{
        name: f"{_PRODUCTS[plain].replace('->', ',,->')} += (a - c) * (b - d)"
        for name, plain in _QUANTISED.items()
    },
    **{
        f"pooling_{layout}_{kind}": f"{operands} {'+' if kind == 'sum' else kind}= a"
        for layout, (operands, kinds) in _POOLINGS.items()
        for kind in kinds.split()
    },
    **{name: KINDS[kind] for name, kind in _ELEMENTWISE.items()},
    "copy": "...->... = a",
}
"""Every operation, without the dialect's name."""

CASTING = ("copy", "matmul", "matmul_transpose_a", "matmul_transpose_b", "batch_matmul")
"""Those with an attribute that says how their operands are converted."""

REMAPPED = ("matmul", "batch_matmul", "batch_reduce_matmul")
"""Those whose accesses may be others, which `indexing_maps` gives."""
