"""What machines can copy within the memory of arguments."""

import pytest
from xdsl.dialects.builtin import IntegerType, ModuleOp, f32

from isa_mapper.dialects.machines import find_target
from isa_mapper.mapping.transfer import can_copy_within


@pytest.mark.parametrize(
    ("machine", "able"), [("npu4", "i8 i32 f32"), ("vta", ""), ("gemmini16", "i32")]
)
def test_copies_by_way_of_rows(machine: str, able: str) -> None:
    """What a machine writes only after it computed it cannot be copied."""
    target = find_target(machine, ModuleOp([]))
    elements = {"i8": IntegerType(8), "i16": IntegerType(16), "i32": IntegerType(32), "f32": f32}
    found = [n for n, element in elements.items() if can_copy_within(target, "dram", element)]
    assert " ".join(found) == able
