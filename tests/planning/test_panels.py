"""Nests of panels: what lies far apart is packed, what comes from beyond the caches is shared."""

import re

from isa_mapper.frontends.einsum import einsum_module
from isa_mapper.runtime.module import prepare


def steps(m: int, n: int, k: int, types: str, target: str, threads: int = 1) -> list[str]:
    """The default plan of a product of matrices whose second factor is constant."""
    module = einsum_module("mk,kn->mn", dict(m=m, n=n, k=k), types.split())
    plan = prepare(module, target=target, constant=["b"], threads=threads).plan
    return re.findall(r"(?:for|place|parallel|unroll) \w+ (?:by|in) [@\w]+", plan)


def test_tiles_take_turns_on_what_comes_from_far() -> None:
    found = steps(704, 5120, 2048, "i8 i8 i32", "amx")
    assert found[:4] == ["for m by 512", "for n by 32", "place in1 in @mem", "for m by 32"]


def test_they_do_not_where_computing_takes_longer() -> None:
    found = steps(704, 5120, 2048, "f32", "avx512")
    assert len({step for step in found if step.startswith("for m")}) == 1
    assert len({step for step in found if step.startswith("for n")}) == 1


def test_every_thread_gets_tiles() -> None:
    found = steps(704, 5120, 2048, "i8 i8 i32", "amx", threads=4)
    assert found[0] == "parallel m by 160"  # 5 of 22 tiles


def test_rows_of_a_register_that_share_a_set_are_packed() -> None:
    page, other = (steps(160, 2400, k, "bf16 bf16 f32", "amx") for k in (2048, 2080))
    assert "place in0 in @mem" in page
    assert "place in0 in @mem" not in other
