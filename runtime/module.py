"""Compile a kernel and call it with NumPy arrays: the Python API.

kernel = isa_mapper.compile(text)          # for this computer
y = kernel(x, w)                           # arrays in, arrays out
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError
from ..dialects.isa import TargetOp
from ..dialects.machines import host_features
from ..passes.constant_arguments import mark_constant
from ..simulator.signature import Signature, entry_function, signature_of
from ..targets.c import CSource, emit_c
from ..targets.c_names import identifier
from .arguments import fit
from .build import MissingCompilerError, build
from .interpret import interpret
from .pipeline import Lowered, lower, parse, to_statements
from .storage import bring_back, new_array, passed_arguments, stored_arrays
from .work import operations

if TYPE_CHECKING:  # only programs for machines with engines need these
    from ..binary.program import Program
    from ..simulator.accelerator import Options, Result
    from .packed import PackedKernel, Packing

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

SMALL_WORK = 1 << 17
"""Arithmetic operations up to which the interpreter runs the program of instructions."""


@dataclass(frozen=True)
class CompiledKernel:
    """A kernel for one machine; call it with one array per input.

    Its results are new arrays: one, or a tuple of several. Arrays that are not laid out as the
    kernel wants them are copied first.
    """

    module: ModuleOp
    """The module as it was given."""
    lowered: Lowered
    """The program of instructions."""
    entry: str
    """The name of the function."""
    portable: bool
    """Whether the C is for any computer, rather than for the machine."""
    threads: int
    """How many threads it uses at most."""
    _functions: Callable[[str], Callable[..., None]] | None
    """The compiled functions by name."""
    simulated: bool = False
    """Whether calls run the program in binary on a simulation of the machine."""

    @cached_property
    def c(self) -> CSource:
        """C text, header and flags."""
        return emit_c(self.lowered.module, self.entry, self.portable)

    @property
    def source(self) -> str:
        """The C text."""
        return self.c.source

    @property
    def header(self) -> str:
        """The C header, which documents the arguments."""
        return self.c.header

    @property
    def plan(self) -> str:
        """The plan, as a file to edit and give back."""
        from ..passes.plan_schedule import print_plan

        return print_plan(self.lowered.schedules)

    @property
    def machine(self) -> TargetOp:
        """The machine that the kernel is compiled for."""
        return self.lowered.machine

    @property
    def is_native(self) -> bool:
        """Whether calls run compiled C; otherwise the interpreter does the work."""
        return self._functions is not None

    @cached_property
    def program(self) -> Program:
        """The program in binary, for a machine with engines.

        Raises:
            UserError: The machine has none, or something in the program has no binary form.
        """
        from .simulated import binary_of

        return binary_of(self.lowered, self.entry)

    def simulate(self, *arrays: Any, options: Options | None = None) -> tuple[Result, list[Array]]:
        """Run the program on a simulation of its machine: what was measured, and the results.

        Raises:
            UserError: The machine has no engines, an array does not fit, or the program does what
                it must not.
        """
        from .simulated import simulate

        return simulate(self.lowered, self.entry, self.inputs(arrays), options)

    @cached_property
    def signature(self) -> Signature:
        """What the kernel takes and gives."""
        return signature_of(entry_function(self.module, self.entry))

    def __call__(
        self, *arrays: Any, out: Array | Sequence[Array] | None = None
    ) -> Array | tuple[Array, ...]:
        """Run the kernel.

        Args:
            *arrays: One array per input, of its shape and data type.
            out: Where to put the results: an array, or one per result.

        Returns:
            The result, or a tuple of them; those of `out` where given.

        Raises:
            UserError: An array has the wrong shape or data type, or `out` overlaps an input.
        """
        inputs = self.inputs(arrays)
        results = self.results(out)
        if self._functions is None:
            found = self._executed(inputs)
            for result, value in zip(results, found, strict=True):
                result[...] = value
        else:
            self._run(self._functions(self.entry), inputs, results)
        return results[0] if len(results) == 1 else tuple(results)

    def bind(
        self, arrays: Sequence[Array], results: Sequence[Array], times: int = 1
    ) -> Callable[[], None]:
        """Return a call without arguments on fixed arrays, for timing; they must fit exactly.

        Constant arguments are packed now, not by the call.

        Args:
            arrays: One array per input.
            results: One array per result.
            times: How often each call runs the kernel: more than once, C calls it in a loop.

        Raises:
            UserError: There is no compiled C, an array does not fit, or a kernel that uses several
                threads is to run more than once.
        """
        packing, inputs = self._packing(), self.inputs(arrays)
        numbers = [i for i, one in enumerate(self.signature.parameters) if one.given]
        constants = [a for i, a in zip(numbers, inputs, strict=True) if i in packing.constants]
        others = [a for i, a in zip(numbers, inputs, strict=True) if i not in packing.constants]
        return packing.packed(constants).bind(others, results, times)

    def pack(self, *constants: Any) -> PackedKernel:
        """Pack the constant arguments once: what is returned takes the other arrays only.

        Args:
            *constants: An array per constant argument, in their order. They must stay as they are.

        Raises:
            UserError: There is no compiled C, or an array has the wrong shape or data type.
        """
        return self._packing().packed(constants)

    def _packing(self) -> Packing:
        """What packs the constant arguments."""
        from .packed import Packing

        if self._functions is None:
            raise UserError(f"@{self.entry} is not compiled")
        return Packing.of(self, self._functions)

    def inputs(self, arrays: Sequence[Any]) -> list[Array]:
        """Check the inputs."""
        parameters = self.signature.inputs
        if len(arrays) != len(parameters):
            names = ", ".join(str(parameter) for parameter in parameters)
            raise UserError(
                f"@{self.entry} takes {len(parameters)} arrays ({names}), {len(arrays)} are given"
            )
        return [fit(p, array) for p, array in zip(parameters, arrays, strict=True)]

    def results(self, out: Array | Sequence[Array] | None) -> list[Array]:
        """Return an array for every result: those given, or new ones."""
        parameters = self.signature.outputs
        if out is None:
            return [new_array(parameter.shape, parameter.dtype) for parameter in parameters]
        given = [out] if isinstance(out, np.ndarray) else list(out)
        if len(given) != len(parameters):
            raise UserError(f"@{self.entry} has {len(parameters)} results, out has {len(given)}")
        for parameter, array in zip(parameters, given, strict=True):
            if fit(parameter, array).dtype != array.dtype or not array.flags.writeable:
                raise UserError(f"out for '{parameter.name}' must be writable {parameter.dtype}")
        return given

    def _executed(self, inputs: Sequence[Array]) -> list[Array]:
        """What the simulated machine or the interpreter computes."""
        if self.simulated:
            return self.simulate(*inputs)[1]
        return self._interpret(inputs)

    def _interpret(self, inputs: Sequence[Array]) -> list[Array]:
        """Have the interpreter run the program of instructions, or a large kernel's statements."""
        module = self.lowered.module if self._work <= SMALL_WORK else self.module
        return interpret(module, self.entry, inputs)

    @cached_property
    def _work(self) -> int:
        """How many arithmetic operations the kernel does."""
        return operations(to_statements(self.module), self.entry)

    def _run(
        self, function: Callable[..., None], inputs: Sequence[Array], results: list[Array]
    ) -> None:
        """Call the C function, through copies where an array is not as it wants it."""
        stored = stored_arrays(self.signature, inputs, results)
        function(*passed_arguments(self.signature, stored))
        bring_back(self.signature, stored, results)


def compile(
    source: str | Path | ModuleOp,
    target: str = "host",
    entry: str | None = None,
    plan: str | Path | None = None,
    threads: int = 1,
    portable: bool = False,
    constant: Sequence[str] = (),
    records: str | Path | None = None,
) -> CompiledKernel:
    """Compile a kernel for a machine.

    Without a C compiler a warning is given, and calls are done by the interpreter.

    Args:
        source: MLIR text, the path of a file with such text, or a module (which is not changed).
        target: A machine: `host`, a shipped one, a file, or one in the module.
        entry: The function to compile; None for the only one.
        plan: The path of a plan to follow instead of the default one.
        threads: How many threads the kernel may use.
        portable: Write every instruction as plain C, so that the kernel runs on any computer.
        constant: The names of arguments that are the same at every call, such as weights:
            `CompiledKernel.pack` packs them once.
        records: The path of records of which the best plans are followed.

    Raises:
        ParseError: The text is not MLIR.
        UserError: The kernel cannot be compiled for the machine.
    """
    kernel = prepare(
        source, target, entry, plan, threads, portable, constant=constant, records=records
    )
    try:
        return load(kernel)
    except MissingCompilerError as error:
        warnings.warn(f"{error.message}: the interpreter does the work", stacklevel=2)
        return kernel


def compile_native(
    source: str | Path | ModuleOp,
    target: str = "host",
    entry: str | None = None,
    plan: str | Path | None = None,
    threads: int = 1,
    portable: bool = False,
    constant: Sequence[str] = (),
    records: str | Path | None = None,
) -> CompiledKernel:
    """Compile a kernel as `compile` does, but fail where there is no C compiler.

    Raises:
        MissingCompilerError: There is no C compiler.
    """
    kernel = prepare(
        source, target, entry, plan, threads, portable, constant=constant, records=records
    )
    return load(kernel)


def load(kernel: CompiledKernel) -> CompiledKernel:
    """Return a prepared kernel with its C compiled and loaded; machines with engines are simulated.

    Raises:
        MissingCompilerError: There is no C compiler.
        UserError: This computer's CPU cannot run the machine's instructions.
    """
    if kernel.machine.engines:
        return replace(kernel, simulated=True)
    require_host(kernel)
    library = build(kernel.c.source, kernel.c.flags)

    def find(name: str) -> Callable[..., None]:
        function: Any = getattr(library, identifier(name))
        function.restype = None
        if "-fopenmp" in kernel.c.flags:
            return _with_threads(function, library.omp_set_num_threads, kernel.threads)
        return function

    return replace(kernel, _functions=find)


def require_host(kernel: CompiledKernel) -> None:
    """Raise a UserError if this computer's CPU cannot run a kernel's instructions."""
    missing = set(kernel.machine.features) - host_features()
    if missing and host_features() and not kernel.portable:
        raise UserError(
            f"this CPU is no @{kernel.machine.symbol}: it lacks {', '.join(sorted(missing))}",
            hint="run it as plain C (portable) or in the interpreter",
        )


def _with_threads(
    function: Callable[..., None], set_threads: Callable[[int], None], threads: int
) -> Callable[..., None]:
    """Return a function that runs on so many threads, whatever else uses OpenMP in this process."""

    def call(*pointers: object) -> None:
        set_threads(threads)
        function(*pointers)

    return call


def prepare(
    source: str | Path | ModuleOp,
    target: str = "host",
    entry: str | None = None,
    plan: str | Path | None = None,
    threads: int = 1,
    portable: bool = False,
    explain: bool = False,
    constant: Sequence[str] = (),
    records: str | Path | None = None,
) -> CompiledKernel:
    """Do all of `compile` but running the C compiler; calls are done by the interpreter.

    With `explain`, print to stderr why each instruction fits or does not.
    """
    module = module_of(source)
    if constant:
        module = module.clone()
        mark_constant(entry_function(module, entry), constant)
    function = entry_function(module, entry)
    signature_of(function)  # shapes and types, in the user's names
    name = function.sym_name.data
    files = [None if file is None else str(file) for file in (plan, records)]
    lowered = lower(module, target, files[0], threads, explain, files[1])
    return CompiledKernel(module, lowered, name, portable, threads, None)


def module_of(source: str | Path | ModuleOp) -> ModuleOp:
    """Return the module of a text, a file or a module."""
    if isinstance(source, ModuleOp):
        return source
    if isinstance(source, Path):
        return parse(source.read_text(encoding="utf-8"), str(source))
    return parse(source)
