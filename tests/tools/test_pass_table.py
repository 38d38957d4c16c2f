"""Every pass of the table is where its name says, and documented with an example that parses."""

import re
from inspect import cleandoc

import pytest
from xdsl.context import Context

from isa_mapper.dialects.source import read_module
from isa_mapper.passes import PASSES
from isa_mapper.tools.universe import UNIVERSE, multiverse

pytestmark = pytest.mark.skipif(not PASSES, reason="there are no passes yet")


@pytest.mark.parametrize("name", PASSES)
def test_pass_is_where_its_name_says(name: str):
    module, _, _ = PASSES[name].partition(":")
    assert module.removeprefix(".engines") == f".{name.replace('-', '_')}"
    assert UNIVERSE.all_passes[name]().name == name


@pytest.mark.parametrize("name", PASSES)
def test_pass_has_an_example(name: str):
    doc = cleandoc(UNIVERSE.all_passes[name]().__doc__ or "")
    assert doc.partition("\n")[0], "the first line is the description in --list-passes"
    examples: list[str] = re.findall(r"^```mlir\n(.*?)^```", doc, re.DOTALL | re.MULTILINE)
    assert examples, "the docstring shows no MLIR example in a fenced mlir block"
    for example in examples:
        context = Context()
        for dialect, factory in multiverse().all_dialects.items():
            context.register_dialect(dialect, factory)
        read_module(context, example, f"example of {name}")
