"""The operations of a mapped program: `isa.view`, `isa.move` and `isa.invoke`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from xdsl.dialects.builtin import (
    AffineMapAttr,
    DenseArrayBase,
    DictionaryAttr,
    IndexType,
    MemRefType,
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
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect, Pure

from . import program_rules, windows


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
        properties: dict[str, Attribute] = {"map": AffineMapAttr(map)}
        if guard_map is not None:
            properties["guard_map"] = AffineMapAttr(guard_map)
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

    def verify_(self) -> None:
        """Check map, guard and result type against the base."""
        program_rules.check_view(self)


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
        program_rules.check_move(self)


@irdl_op_definition
class InvokeOp(IRDLOperation):
    """One execution of an instruction of a machine, with the operands in the instruction's order.

    Operands have the shapes of the instruction's. For a contiguous row of elements, any shape that
    is contiguous will do: a `memref<4x4xf32, @zmm>` is 16 floats. `with` gives every parameter of
    the instruction its value: `isa.invoke @npu::@store(%d, %s) with {shift = 5 : i32} : ...`.

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

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    assembly_format = (
        "$instruction `(` $arguments `)` (`with` $parameters^)? attr-dict `:` type($arguments)"
    )

    def __init__(
        self,
        instruction: SymbolRefAttr | tuple[str, str],
        arguments: Sequence[SSAValue],
        parameters: Mapping[str, Attribute] | None = None,
    ) -> None:
        """Invoke `instruction`, a symbol or a pair of the names of target and instruction."""
        if isinstance(instruction, tuple):
            instruction = _symbol(*instruction)
        properties: dict[str, Attribute] = {"instruction": instruction}
        if parameters:
            properties["parameters"] = DictionaryAttr(dict(parameters))
        # Not that of the base class, which sorts operands into groups: there is only one.
        Operation.__init__(self, operands=arguments, properties=properties)

    @property
    def parameters(self) -> Mapping[str, Attribute]:
        """The values of the instruction's parameters by name."""
        return {} if self.parameters_attr is None else self.parameters_attr.data

    def verify_(self) -> None:
        """Check the operands against the instruction that the symbol names."""
        program_rules.check_invoke(self)


@lru_cache(maxsize=1024)
def _symbol(target: str, instruction: str) -> SymbolRefAttr:
    """The symbol of an instruction, made once for all of its invocations."""
    return SymbolRefAttr(target, [instruction])
