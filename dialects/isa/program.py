"""The operations of a mapped program: `isa.view`, `isa.move`, `isa.invoke` and `isa.prefetch`."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from xdsl.dialects.builtin import (
    AffineMapAttr,
    ArrayAttr,
    DenseArrayBase,
    DictionaryAttr,
    IndexType,
    IntAttr,
    IntegerAttr,
    MemRefType,
    StringAttr,
    SymbolRefAttr,
    i64,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.ir.affine import AffineMap
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    opt_prop_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

from ..remembered import checked_by_kind, remembered
from . import invocation_rules, view_rules, windows


@checked_by_kind(view_rules.check_view)
@irdl_op_definition
class ViewOp(IRDLOperation):
    """A window onto a buffer: `result[d...] = base[map(d...)[indices...]]`.

    The map's dimensions are the result's, its symbols the indices. Windows that overlap, repeat
    elements (stride 0) or permute dimensions are maps like any other.

    With `guard_map` (of the same dimensions and symbols) and `guard_bounds`, an element exists only
    where every `0 <= guard_map_j < guard_bounds_j`; others read as zero and writes to them are
    dropped. Such a view has no address: only `isa.move` may use it. The same holds where the map is
    not linear in a dimension, for instance divides it; the result's stride there is `?`.

    ```mlir
    %base, %i, %j = "test.op"() : () -> (memref<700x2048xf32>, index, index)
    %window = isa.view %base(%i, %j) {
        map = affine_map<(d0, d1)[s0, s1] -> (s0 + d0, s1 + 16 * d1)>}
        : memref<700x2048xf32> -> memref<8x16xf32, strided<[2048, 16], offset: ?>>
    ```
    """

    name = "isa.view"

    base = operand_def(MemRefType)
    indices = var_operand_def(IndexType())
    result = result_def(MemRefType)
    map = prop_def(AffineMapAttr)
    guard_map = opt_prop_def(AffineMapAttr)
    guard_bounds = opt_prop_def(DenseArrayBase.constr(i64))

    irdl_options = (ParsePropInAttrDict(),)
    traits = traits_def(Pure())

    assembly_format = "$base (`(` $indices^ `)`)? attr-dict `:` type($base) `->` type($result)"

    @classmethod
    def get(
        cls,
        base: SSAValue,
        indices: Sequence[SSAValue],
        map: AffineMap,
        shape: Sequence[int],
        guard_map: AffineMap | None = None,
        guard_bounds: Sequence[int] = (),
    ) -> ViewOp:
        """Make a window of extents `shape`; its layout follows from the base's and the map.

        `indices` are the values of the map's symbols; `guard_bounds` has one number per result of
        `guard_map`.
        """
        properties: dict[str, Attribute] = {"map": _attribute(map)}
        if guard_map is not None:
            properties["guard_map"] = _attribute(guard_map)
            properties["guard_bounds"] = DenseArrayBase.from_list(i64, list(guard_bounds))
        type = windows.window_type(base.type, map, shape)
        return cls.create(operands=[base, *indices], result_types=[type], properties=properties)

    @property
    def is_guarded(self) -> bool:
        """Whether some of the elements may not exist."""
        return self.guard_map is not None

    @property
    def is_addressable(self) -> bool:
        """Whether its elements lie at fixed strides from the first: no guard, a linear map."""
        return not self.is_guarded and windows.is_linear(self.map.data)


@irdl_op_definition
class PrefetchOp(IRDLOperation):
    """A hint: what lies `map(indices...)` elements behind the first of a cached buffer is needed soon.

    It changes nothing, so it may also name what lies outside of the buffer. `level` is the cache
    level to bring it to: 1 is the nearest.

    ```mlir
    %base, %i, %k = "test.op"() : () -> (memref<700x2048xf32>, index, index)
    isa.prefetch %base(%i, %k) {map = affine_map<()[s0, s1] -> (2048 * s0 + 8 * s1 + 16384)>, level = 1}
        : memref<700x2048xf32>
    ```
    """

    name = "isa.prefetch"

    base = operand_def(MemRefType)
    indices = var_operand_def(IndexType())
    map = prop_def(AffineMapAttr)
    level = prop_def(IntegerAttr)

    irdl_options = (ParsePropInAttrDict(),)

    assembly_format = "$base (`(` $indices^ `)`)? attr-dict `:` type($base)"

    @classmethod
    def get(
        cls, base: SSAValue, indices: Sequence[SSAValue], map: AffineMap, level: int
    ) -> PrefetchOp:
        """Make a hint; `indices` are the values of the map's symbols, its one result counts elements."""
        properties: dict[str, Attribute] = {
            "map": AffineMapAttr(map),
            "level": IntegerAttr(level, i64),
        }
        return cls.create(operands=[base, *indices], properties=properties)

    def verify_(self) -> None:
        """Check the map and the level."""
        view_rules.check_prefetch(self)


@irdl_op_definition
class MoveOp(IRDLOperation):
    """A copy of all elements between two buffers or views of the same shape, in any memories.

    ```mlir
    %src, %dst = "test.op"() : () -> (memref<16xf32>, memref<16xf32, @zmm>)
    isa.move %src to %dst : memref<16xf32> to memref<16xf32, @zmm>
    ```
    """

    name = "isa.move"

    source = operand_def(MemRefType)
    destination = operand_def(MemRefType)

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    assembly_format = (
        "$source `to` $destination attr-dict `:` type($source) `to` type($destination)"
    )

    def __init__(self, source: SSAValue, destination: SSAValue) -> None:
        Operation.__init__(self, operands=[source, destination])

    def verify_(self) -> None:
        """Check that shapes and element types agree."""
        view_rules.check_move(self)


class SynchronisedOp(IRDLOperation, ABC):
    """What engines execute: it may wait for others before, and signal others after."""

    waits_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="waits")
    signals_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="signals")

    @property
    def waits(self) -> tuple[str, ...]:
        """The engines that it waits for."""
        return strings(self.waits_attr)

    @property
    def signals(self) -> tuple[str, ...]:
        """The engines that it signals."""
        return strings(self.signals_attr)

    def print_synchronisation(self, printer: Printer) -> None:
        """Print what `parse_synchronisation` reads."""
        for word, names in (("waits", self.waits), ("signals", self.signals)):
            if names:
                quoted = ", ".join(f'"{name}"' for name in names)
                printer.print_string(f" {word} [{quoted}]")


@checked_by_kind(invocation_rules.check_invoke)
@irdl_op_definition
class InvokeOp(SynchronisedOp):
    """One execution of an instruction of a machine, with the operands in the instruction's order.

    Operands have the shapes of the instruction's. For a contiguous row of elements, any shape that
    is contiguous will do: a `memref<4x4xf32, @zmm>` is 16 floats. `with` gives every parameter of
    the instruction its value: `isa.invoke @npu::@store(%d, %s) with {shift = 5 : i32} : ...`.

    On machines with engines there is more to say. `repeat [4, 2]` are hardware loops, the outermost
    first: every operand has so many dimensions more, in front. `on` names the engine where there
    are several, `keeping` the operands that are still those of the invocation before. It `waits`
    for one signal of each of these engines before it begins, and `signals` others when it is done.

    ```mlir
    isa.import @avx512 from "avx512"
    %src, %dst = "test.op"() : () -> (memref<16xf32>, memref<16xf32, @zmm>)
    isa.invoke @avx512::@loadu_ps(%dst, %src) : memref<16xf32, @zmm>, memref<16xf32>
    ```
    """

    name = "isa.invoke"

    instruction = prop_def(SymbolRefAttr)
    arguments = var_operand_def(MemRefType)
    parameters_attr = opt_prop_def(DictionaryAttr, prop_name="parameters")
    counts_attr = opt_prop_def(ArrayAttr[IntAttr], prop_name="counts")
    engine_attr = opt_prop_def(StringAttr, prop_name="engine")
    kept_attr = opt_prop_def(ArrayAttr[StringAttr], prop_name="kept")

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    def __init__(
        self,
        instruction: SymbolRefAttr | tuple[str, str],
        arguments: Sequence[SSAValue],
        parameters: Mapping[str, Attribute] | None = None,
        counts: Sequence[int] = (),
    ) -> None:
        """Invoke `instruction`, a symbol or a pair of the names of target and instruction."""
        if isinstance(instruction, tuple):
            instruction = _symbol(*instruction)
        properties: dict[str, Attribute] = {"instruction": instruction}
        if parameters:
            properties["parameters"] = DictionaryAttr(dict(parameters))
        if counts:
            properties["counts"] = ArrayAttr([IntAttr(count) for count in counts])
        # Not that of the base class, which sorts operands into groups: there is only one.
        Operation.__init__(self, operands=arguments, properties=properties)

    @property
    def parameters(self) -> Mapping[str, Attribute]:
        """The values of the instruction's parameters by name."""
        return {} if self.parameters_attr is None else self.parameters_attr.data

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each hardware loop runs, the outermost first."""
        return () if self.counts_attr is None else tuple(count.data for count in self.counts_attr)

    @property
    def engine(self) -> str | None:
        """The engine that executes it, where it says so."""
        return None if self.engine_attr is None else self.engine_attr.data

    @property
    def kept(self) -> tuple[str, ...]:
        """The operands that are still those of the invocation before."""
        return strings(self.kept_attr)

    @classmethod
    def parse(cls, parser: Parser) -> InvokeOp:
        """Parse `@machine::@name(%operand, ...) repeat [2] with {...} on @engine ... : types`."""
        instruction = parser.parse_attribute()
        if not isinstance(instruction, SymbolRefAttr):
            parser.raise_error("expected the instruction as a symbol, such as @avx512::@fmadd_ps")
        operands = parser.parse_comma_separated_list(
            parser.Delimiter.PAREN, parser.parse_unresolved_operand
        )
        properties = dict(_parse_clauses(parser))
        attributes = parser.parse_optional_attr_dict()
        parser.parse_punctuation(":")
        start = parser.pos
        types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        op = cls(instruction, parser.resolve_operands(operands, types, start))
        op.properties |= properties
        op.attributes |= attributes
        return op

    def print(self, printer: Printer) -> None:
        """Print what `parse` reads."""
        printer.print_string(" ")
        printer.print_attribute(self.instruction)
        with printer.in_parens():
            printer.print_list(self.arguments, printer.print_operand)
        if self.counts:
            printer.print_string(f" repeat {list(self.counts)}")
        if self.parameters_attr is not None:
            printer.print_string(f" with {self.parameters_attr}")
        if self.engine is not None:
            printer.print_string(f' on "{self.engine}"')
        if self.kept:
            printer.print_string(f" keeping [{', '.join(self.kept)}]")
        self.print_synchronisation(printer)
        printer.print_op_attributes(self.attributes)
        printer.print_string(" : ")
        printer.print_list(self.arguments.types, printer.print_attribute)


def strings(names: ArrayAttr[StringAttr] | None) -> tuple[str, ...]:
    """The names of a list, none where there is no list."""
    return () if names is None else tuple(name.data for name in names)


def _parse_clauses(parser: Parser) -> Iterator[tuple[str, Attribute]]:
    """Parse what stands between the operands of an invocation and their types."""
    if parser.parse_optional_keyword("repeat") is not None:
        counts = parser.parse_comma_separated_list(parser.Delimiter.SQUARE, parser.parse_integer)
        yield "counts", ArrayAttr([IntAttr(count) for count in counts])
    if parser.parse_optional_keyword("with") is not None:
        values = parser.parse_attribute()
        if not isinstance(values, DictionaryAttr):
            parser.raise_error("expected the values of parameters, such as {shift = 5 : i32}")
        yield "parameters", values
    if parser.parse_optional_keyword("on") is not None:
        yield "engine", StringAttr(parser.parse_str_literal(", the name of an engine"))
    if parser.parse_optional_keyword("keeping") is not None:
        names = parser.parse_comma_separated_list(
            parser.Delimiter.SQUARE, lambda: StringAttr(parser.parse_identifier(" of an operand"))
        )
        yield "kept", ArrayAttr(names)
    yield from parse_synchronisation(parser)


def parse_synchronisation(parser: Parser) -> Iterator[tuple[str, Attribute]]:
    """Parse `waits ["load"] signals ["store"]`, of which either may be missing."""
    for word in ("waits", "signals"):
        if parser.parse_optional_keyword(word) is not None:
            names = parser.parse_comma_separated_list(
                parser.Delimiter.SQUARE, lambda: StringAttr(parser.parse_str_literal())
            )
            yield word, ArrayAttr(names)


@remembered()
@lru_cache(maxsize=4096)
def _attribute(map: AffineMap) -> AffineMapAttr:
    """A map as an attribute, made once for all of its views."""
    return AffineMapAttr(map)


@lru_cache(maxsize=1024)
def _symbol(target: str, instruction: str) -> SymbolRefAttr:
    """The symbol of an instruction, made once for all of its invocations."""
    return SymbolRefAttr(target, [instruction])
