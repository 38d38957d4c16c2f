"""Kernels whose constant arguments, such as weights, are packed once and used by many calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func, memref
from xdsl.ir import BlockArgument, SSAValue

from ..dialects.errors import UserError
from ..passes.constant_arguments import is_constant_argument
from ..simulator.signature import entry_function
from .arguments import Array, fit
from .repeat import repeated
from .storage import (
    bring_back,
    new_buffer,
    passed_arguments,
    pointer,
    stored_array,
    stored_arrays,
)

if TYPE_CHECKING:
    from .module import CompiledKernel


@dataclass(frozen=True)
class _Call:
    """A compiled function and what it is called with: values of the kernel's lowered function."""

    function: Callable[..., None]
    values: tuple[SSAValue, ...]

    def bind(self, known: Mapping[SSAValue, object], times: int = 1) -> Callable[[], None]:
        """The call with C arguments for these values; so many calls, from C, each time."""
        function, passed = self.function, [known[value] for value in self.values]
        if times == 1:
            return lambda: function(*passed)
        return repeated(function, passed, times)


@dataclass(frozen=True)
class Packing:
    """How a compiled kernel packs its constant arguments.

    Attributes:
        kernel: The kernel.
        arguments: The arguments of its lowered function: one per parameter.
        constants: The numbers of the parameters that are constant.
        buffers: What they are packed into.
        fill: The function that packs; None where nothing is packed.
        run: The function that does the rest.
    """

    kernel: CompiledKernel
    arguments: tuple[BlockArgument, ...]
    constants: tuple[int, ...]
    buffers: tuple[memref.AllocOp, ...]
    fill: _Call | None
    run: _Call

    @classmethod
    def of(cls, kernel: CompiledKernel, functions: Callable[[str], Callable[..., None]]) -> Packing:
        """Read off the lowered function how it calls its parts, see `split-packing`."""
        given = entry_function(kernel.module, kernel.entry).args
        constants = tuple(value.index for value in given if is_constant_argument(value))
        function = entry_function(kernel.lowered.module, kernel.entry)
        ops = list(function.body.block.ops)
        calls = [
            _Call(functions(op.callee.string_value()), tuple(op.arguments))
            for op in ops
            if isinstance(op, func.CallOp)
        ]
        if not calls:
            whole = _Call(functions(kernel.entry), function.args)
            return cls(kernel, function.args, constants, (), None, whole)
        buffers = tuple(op for op in ops if isinstance(op, memref.AllocOp))
        return cls(kernel, function.args, constants, buffers, *calls)

    def packed(self, arrays: Sequence[Any]) -> PackedKernel:
        """The kernel with packed arrays, one per constant argument.

        Raises:
            UserError: An array is missing, or has the wrong shape or data type.
        """
        parameters = [self.kernel.signature.parameters[index] for index in self.constants]
        if len(arrays) != len(parameters):
            names = ", ".join(map(str, parameters)) or "none"
            raise UserError(
                f"the constant arguments of @{self.kernel.entry} are {names}; "
                f"{len(arrays)} arrays are given"
            )
        fitted = [fit(p, array) for p, array in zip(parameters, arrays, strict=True)]
        return PackedKernel(self, dict(zip(self.constants, fitted, strict=True)))


class PackedKernel:
    """A kernel with its constant arguments packed; call it with the other arrays.

    Args:
        packing: How the kernel packs.
        constants: The array per number of a constant parameter. It must stay as it is.
    """

    def __init__(self, packing: Packing, constants: Mapping[int, Array]) -> None:
        self._packing = packing
        self._constants = constants
        self._buffers = {
            op.memref: new_buffer(op.memref.type.element_type, op.memref.type.get_shape())
            for op in packing.buffers
        }
        self._packed = {value: pointer(array) for value, array in self._buffers.items()}
        if packing.fill is not None:
            parameters = packing.kernel.signature.parameters
            stored = {i: stored_array(parameters[i], a) for i, a in constants.items()}
            values = {packing.arguments[i]: pointer(array) for i, array in stored.items()}
            packing.fill.bind({**values, **self._packed})()

    @property
    def kernel(self) -> CompiledKernel:
        """The kernel, which takes all arrays."""
        return self._packing.kernel

    def __call__(
        self, *arrays: Any, out: Array | Sequence[Array] | None = None
    ) -> Array | tuple[Array, ...]:
        """Run the kernel; arguments, result and errors as for a `CompiledKernel`."""
        inputs, results = self._inputs(arrays), self.kernel.results(out)
        stored = stored_arrays(self.kernel.signature, inputs, results)
        self._bound(stored)()
        bring_back(self.kernel.signature, stored, results)
        return results[0] if len(results) == 1 else tuple(results)

    def bind(
        self, arrays: Sequence[Array], results: Sequence[Array], times: int = 1
    ) -> Callable[[], None]:
        """Return a call without arguments on fixed arrays, see `CompiledKernel.bind`."""
        stored = stored_arrays(self.kernel.signature, self._inputs(arrays), results)
        call = self._bound(stored, times)

        def bound(kept: object = (stored, self)) -> None:
            call()

        return bound

    def _bound(self, stored: Sequence[Array], times: int = 1) -> Callable[[], None]:
        """The call on arrays as C takes them."""
        passed = passed_arguments(self.kernel.signature, stored)
        known = dict(zip(self._packing.arguments, passed, strict=True))
        return self._packing.run.bind({**known, **self._packed}, times)

    def _inputs(self, arrays: Sequence[Any]) -> list[Array]:
        """The kernel's inputs: the constants, and the given arrays in the other places."""
        given = iter(arrays)
        numbers = [i for i, one in enumerate(self.kernel.signature.parameters) if one.given]
        others = [i for i in numbers if i not in self._constants]
        if len(arrays) != len(others):
            parameters = self.kernel.signature.parameters
            names = ", ".join(str(parameters[i]) for i in others)
            raise UserError(
                f"packed, @{self.kernel.entry} takes {len(others)} arrays ({names}), "
                f"{len(arrays)} are given"
            )
        return self.kernel.inputs(
            [self._constants[i] if i in self._constants else next(given) for i in numbers]
        )
