"""Run compiled kernels on simulated machines: from the program in binary to arrays and cycles."""

from __future__ import annotations

from collections.abc import Sequence

from ..binary import elf
from ..binary.program import Program
from ..simulator.accelerator import Options, Result, Simulation
from ..simulator.elements import Array
from ..simulator.signature import entry_function, signature_of
from ..targets.engine_program import program_of
from .pipeline import Lowered


def binary_of(lowered: Lowered, entry: str) -> Program:
    """The program of a function, as it is read back from its ELF file.

    Raises:
        UserError: Something in it has no binary form.
    """
    return elf.read(elf.write(program_of(lowered.module, entry)), lowered.machine)


def simulate(
    lowered: Lowered,
    entry: str,
    arrays: Sequence[Array],
    options: Options | None = None,
) -> tuple[Result, list[Array]]:
    """Run a function on its machine and return what was measured and what it computed.

    Args:
        lowered: The module, compiled for a machine with engines.
        entry: The name of the function.
        arrays: One array per input, in order.
        options: How it is run.

    Raises:
        UserError: The program does what it must not; see `Simulation.run`.
    """
    parameters = signature_of(entry_function(lowered.module, entry)).parameters
    given = [parameter.name for parameter in parameters if parameter.given]
    program = binary_of(lowered, entry)
    arguments = dict(zip(given, arrays, strict=True))
    result = Simulation(lowered.machine).run(program, arguments, options or Options())
    written = [parameter.name for parameter in parameters if parameter.returned]
    return result, [result.outputs[name] for name in written]
