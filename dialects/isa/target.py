"""The operations that stand for a whole machine: `isa.target` and `isa.import`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from xdsl.dialects.builtin import ArrayAttr, StringAttr
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.irdl import (
    irdl_op_definition,
    opt_attr_def,
    prop_def,
    region_def,
    traits_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, NoTerminator, SymbolOpInterface, SymbolTable
from xdsl.utils.exceptions import VerifyException

from .include import IncludeOp, all_parts, included_targets, parts_of, verify_parts
from .instruction import InstructionOp
from .named import NamedOp
from .resources import MemoryOp, UnitOp
from .scalar import ScalarOp
from .synchronisation import SemaphoresOp, TokensOp
from .words import ConfigurationOp, ControlOp, FormatOp, LoopsOp

_PARTS = (
    *(MemoryOp, UnitOp, InstructionOp, ScalarOp),
    *(FormatOp, ConfigurationOp, LoopsOp, ControlOp, TokensOp, SemaphoresOp),
)


CACHE_BYTES = (32 << 10, 512 << 10, 8 << 20)
"""The capacities of cache levels where a machine does not say."""

BANDWIDTH = (64, 32, 16)
"""Their bandwidths in bytes per cycle."""


@irdl_op_definition
class TargetOp(NamedOp):
    """A machine: its memories, units and instructions.

    `features` lists what a CPU must offer to run its instructions, as `/proc/cpuinfo` names it;
    `c.headers` and `c.flags` are what a C compiler needs, `c.prelude` are lines of C that the C forms
    refer to. What it includes (`isa.include`) comes
    first in all of them; a part of its own replaces an included one of the same name.

    ```mlir
    isa.target @simd attributes {
        summary = "four floats at once", features = ["sse2"],
        c.headers = ["immintrin.h"], c.flags = ["-msse2"]} {
      isa.memory @mem cached
      isa.memory @vector register {count = 16 : i64, bytes = 16 : i64, c.types = {f32 = "__m128"}}
      isa.unit @load {count = 1 : i64}
      isa.instruction @loadu_ps(%dst: memref<4xf32, @vector>, %src: memref<4xf32, @mem>) on @load
          cost<latency = 5, interval = 1> c "{dst} = _mm_loadu_ps({src});" {
        linalg.copy ins(%src : memref<4xf32, @mem>) outs(%dst : memref<4xf32, @vector>)
      }
    }
    ```
    """

    name = "isa.target"

    summary_attr = opt_attr_def(StringAttr, attr_name="summary")
    features_attr = opt_attr_def(ArrayAttr[StringAttr], attr_name="features")
    c_headers_attr = opt_attr_def(ArrayAttr[StringAttr], attr_name="c.headers")
    c_flags_attr = opt_attr_def(ArrayAttr[StringAttr], attr_name="c.flags")
    c_prelude_attr = opt_attr_def(ArrayAttr[StringAttr], attr_name="c.prelude")
    body = region_def("single_block")

    traits = traits_def(SymbolTable(), SymbolOpInterface(), NoTerminator(), IsolatedFromAbove())

    def __init__(
        self,
        name: str,
        body: Region | Sequence[Operation] = (),
        attributes: Mapping[str, Attribute] | None = None,
    ) -> None:
        super().__init__(
            properties={"sym_name": StringAttr(name)},
            attributes=dict(attributes or {}),
            regions=[body if isinstance(body, Region) else Region(Block(body))],
        )

    @property
    def summary(self) -> str:
        """What the machine is, in a line; empty if it does not say."""
        return "" if self.summary_attr is None else self.summary_attr.data

    @property
    def features(self) -> tuple[str, ...]:
        """What a CPU must offer, as `/proc/cpuinfo` names it."""
        return self._strings("features", self.features_attr)

    @property
    def c_headers(self) -> tuple[str, ...]:
        """The headers that the C forms need."""
        return self._strings("c_headers", self.c_headers_attr)

    @property
    def c_flags(self) -> tuple[str, ...]:
        """The flags that a C compiler needs for the C forms."""
        return self._strings("c_flags", self.c_flags_attr)

    @property
    def c_prelude(self) -> tuple[str, ...]:
        """Lines of C before the functions, which the C forms refer to."""
        return self._strings("c_prelude", self.c_prelude_attr)

    @property
    def memories(self) -> Mapping[str, MemoryOp]:
        """The memories by name."""
        return parts_of(self, MemoryOp)

    @property
    def has_rows(self) -> bool:
        """Whether instructions work on blocks of rows in memories of their own."""
        block = self.body.block
        return _has_rows(self, block.first_op, block.last_op)

    @property
    def units(self) -> Mapping[str, UnitOp]:
        """The units by name."""
        return parts_of(self, UnitOp)

    @property
    def instructions(self) -> Mapping[str, InstructionOp]:
        """The instructions by name; `isa.scalar` is not among them."""
        return parts_of(self, InstructionOp)

    @property
    def scalar(self) -> ScalarOp | None:
        """The instruction that evaluates any scalar expression, if the machine has one."""
        return next(iter(parts_of(self, ScalarOp).values()), None)

    @property
    def formats(self) -> Mapping[str, FormatOp]:
        """The kinds of words by name."""
        return parts_of(self, FormatOp)

    @property
    def configurations(self) -> Mapping[str, ConfigurationOp]:
        """What engines keep until it is set again, by name."""
        return parts_of(self, ConfigurationOp)

    @property
    def controls(self) -> Mapping[str, ControlOp]:
        """The instructions that compute nothing by name."""
        return parts_of(self, ControlOp)

    @property
    def tokens(self) -> tuple[TokensOp, ...]:
        """The queues of tokens between engines."""
        return tuple(parts_of(self, TokensOp).values())

    @property
    def semaphores(self) -> SemaphoresOp | None:
        """The semaphores, if the machine has such."""
        return next(iter(parts_of(self, SemaphoresOp).values()), None)

    @property
    def engines(self) -> tuple[str, ...]:
        """The names of the engines, in order."""
        return tuple(name for names in self.engines_of.values() for name in names)

    @property
    def engines_of(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the engines of every unit."""
        block = self.body.block
        return _engines_of(self, block.first_op, block.last_op)

    def cache_bytes(self, level: int) -> int:
        """The capacity of a cache level of host memory: 0 is the nearest, the last stands for further ones."""
        host = self.host_memory
        levels = host.levels if host is not None else ()
        if not levels:
            return CACHE_BYTES[level]
        return levels[min(level, len(levels) - 1)].bytes.data

    def bandwidth(self, level: int) -> float:
        """The bytes per cycle from a cache level of host memory, counted as in `cache_bytes`."""
        host = self.host_memory
        levels = host.levels if host is not None else ()
        return levels[min(level, len(levels) - 1)].bandwidth.data if levels else BANDWIDTH[level]

    @property
    def host_memory(self) -> MemoryOp | None:
        """The cached memory, in which a memref without a memory space lives."""
        block = self.body.block
        return _host_memory(self, block.first_op, block.last_op)

    @property
    def is_complete(self) -> bool:
        """Whether every instruction has a C form, so that programs for it can be compiled."""
        return all(op.c_template is not None for op in self.instructions.values())

    def lookup(self, name: str) -> Operation | None:
        """The part of that name, or None."""
        return all_parts(self).get(name)

    def _strings(self, name: str, own: ArrayAttr[StringAttr] | None) -> tuple[str, ...]:
        """A list of strings of the included machines and of this one, each string once."""
        found = [text for target in included_targets(self) for text in getattr(target, name)]
        found += [] if own is None else [text.data for text in own]
        return tuple(dict.fromkeys(found))

    @classmethod
    def parse(cls, parser: Parser) -> TargetOp:
        """Parse `@name attributes {...} {parts}`."""
        name = parser.parse_symbol_name().data
        attributes = parser.parse_optional_attr_dict_with_keyword()
        body = parser.parse_region()
        if not body.blocks:
            body.add_block(Block())
        return cls(name, body, attributes.data if attributes is not None else None)

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_symbol_name(self.symbol)
        printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)

    def verify_(self) -> None:
        """Check that it has only parts of a machine, at most one of which is `isa.scalar`."""
        if self.body.block.args:
            raise VerifyException("a machine takes no arguments")
        for op in self.body.block.ops:
            if not isinstance(op, (*_PARTS, IncludeOp)):
                raise VerifyException(f"'{op.name}' does not describe a part of a machine")
        verify_parts(self)
        if (scalars := len(parts_of(self, ScalarOp))) > 1:
            raise VerifyException(
                f"@{self.symbol} has {scalars} isa.scalar, at most one is allowed"
            )


@lru_cache(maxsize=64)
def _engines_of(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> Mapping[str, tuple[str, ...]]:
    """Collect the engines once, as the parts are: every invocation is checked against them."""
    return {name: unit.engines for name, unit in target.units.items()}


@lru_cache(maxsize=64)
def _host_memory(
    target: TargetOp, first: Operation | None, last: Operation | None
) -> MemoryOp | None:
    """Look for the cached memory once, as `_engines_of` does for the engines."""
    memories = target.memories.values()
    return next((memory for memory in memories if memory.kind.value == "cached"), None)


@lru_cache(maxsize=64)
def _has_rows(target: TargetOp, first: Operation | None, last: Operation | None) -> bool:
    """Whether some memory has rows, worked out once, as `_engines_of` does for the engines."""
    return any(memory.row > 1 for memory in target.memories.values())


@irdl_op_definition
class ImportOp(NamedOp):
    """A machine that is described elsewhere: a shipped name or the path of a file.

    ```mlir
    isa.import @avx512 from "avx512"
    ```
    """

    name = "isa.import"

    source = prop_def(StringAttr)

    traits = traits_def(SymbolOpInterface())

    assembly_format = "$sym_name `from` $source attr-dict"

    def __init__(self, name: str, source: str) -> None:
        super().__init__(properties={"sym_name": StringAttr(name), "source": StringAttr(source)})
