"""What `isa-run` does with its options: the one run of one kernel."""

import sys
from argparse import Namespace
from collections.abc import Callable

from xdsl.dialects.builtin import ModuleOp

from ..dialects.errors import UserError
from ..dialects.plan import ScheduleAttr
from ..runtime import pipeline
from ..runtime.arguments import Array, load_arrays, save_arrays
from ..runtime.build import MissingCompilerError
from ..runtime.check import compare
from ..runtime.module import CompiledKernel, load, prepare
from ..runtime.peak import PeakCall, peak_call
from ..runtime.reference import reference
from ..runtime.timing import interleaved
from ..runtime.work import numpy_call, operations
from ..simulator.signature import Signature, entry_function, signature_of
from .kernel_source import kernel_module
from .output import open_output


class KernelRun:
    """One run of `isa-run`.

    Args:
        options: The command line.
        sources: Takes the text of the kernel, for error messages.
    """

    def __init__(self, options: Namespace, sources: dict[str, str]) -> None:
        self.options = options
        self.sources = sources

    def run(self) -> int:
        """Do everything that the options ask for and return the exit status."""
        options = self.options
        module = self._module()
        if options.host is not None:
            return self._run_split(module)
        kernel = self._compile(module)
        signature = kernel.signature
        arrays = load_arrays(signature, options.input, options.seed)
        print(f"kernel:  @{kernel.entry}({', '.join(map(str, signature.parameters))})")
        print(f"target:  @{kernel.machine.symbol}{self._manner(kernel)}")
        for schedule in kernel.lowered.schedules:
            print(f"mapping: {mapping_text(schedule)}")
        if options.print_plan:
            print(kernel.plan)
        if options.dump_c is not None:
            with open_output(None if options.dump_c == "-" else options.dump_c) as stream:
                stream.write(kernel.source)
        if options.trace is not None and not kernel.simulated:
            raise UserError("--trace is for accelerators, which are simulated")
        results = self._results(kernel, arrays)
        passed = self._check(kernel.module, signature, arrays, results)
        if options.bench and not kernel.simulated:
            Bench(kernel, arrays, options).report()
        return self._finish(passed, signature, results)

    def _run_split(self, module: ModuleOp) -> int:
        """Run the kernel in parts on two machines and return the exit status."""
        from ..runtime.split import compile_split

        options = self.options
        kernel = compile_split(module, options.target, options.host, options.entry)
        function = entry_function(module, options.entry)
        signature = signature_of(function)
        arrays = load_arrays(signature, options.input, options.seed)
        print(f"kernel:  @{function.sym_name.data}({', '.join(map(str, signature.parameters))})")
        for part in kernel.parts:
            mappings = ", ".join(mapping_text(s) for s in part.kernel.lowered.schedules)
            print(f"part:    {mappings or f'@{part.kernel.machine.symbol}'}")
        found = kernel(*arrays)
        results = list(found) if isinstance(found, tuple) else [found]
        passed = self._check(module, signature, arrays, results)
        return self._finish(passed, signature, results)

    def _check(
        self, module: ModuleOp, signature: Signature, arrays: list[Array], results: list[Array]
    ) -> bool:
        """Compare results with the reference, if asked for, and say so."""
        if not self.options.check:
            return True
        expected = reference(module, self.options.entry, arrays)
        passed = True
        for parameter, result, (value, tolerance) in zip(
            signature.outputs, results, expected, strict=True
        ):
            comparison = compare(parameter.name, result, value, tolerance)
            print(f"check:   {comparison}", file=sys.stdout if comparison.passed else sys.stderr)
            passed = passed and comparison.passed
        return passed

    def _finish(self, passed: bool, signature: Signature, results: list[Array]) -> int:
        """Save the results, if asked for and right, and return the exit status."""
        if self.options.output is not None and passed:
            for path in save_arrays(signature, results, self.options.output):
                print(f"saved:   {path}")
        return 0 if passed else 1

    def _module(self) -> ModuleOp:
        """Return the kernel that the command line names."""
        options = self.options
        return kernel_module(options.kernel, options.sizes, options.types, self.sources)

    def _compile(self, module: ModuleOp) -> CompiledKernel:
        """Return the kernel, to be interpreted if asked for or if there is no C compiler."""
        options = self.options
        kernel = prepare(
            module,
            options.target,
            options.entry,
            options.plan,
            options.threads,
            options.portable,
            options.explain,
            [name for name in options.constant.split(",") if name],
            options.records,
        )
        if options.interpret:
            return kernel
        try:
            return load(kernel)
        except MissingCompilerError as error:
            print(f"warning: {error.message}: the interpreter does the work", file=sys.stderr)
            return kernel

    def _manner(self, kernel: CompiledKernel) -> str:
        """Say how the kernel is run, in the words that follow the target's name."""
        if kernel.simulated:
            return ", simulated"
        if not kernel.is_native:
            return ", interpreted"
        return ", as plain C" if self.options.portable else ""

    def _results(self, kernel: CompiledKernel, arrays: list[Array]) -> list[Array]:
        """Run the kernel once; on an accelerator, say how long it took."""
        if kernel.simulated:
            return self._simulate(kernel, arrays)
        results = kernel(*arrays)
        return list(results) if isinstance(results, tuple) else [results]

    def _simulate(self, kernel: CompiledKernel, arrays: list[Array]) -> list[Array]:
        """Run the kernel on the simulated machine."""
        from ..simulator.accelerator import report_text, write_trace

        result, arrays = kernel.simulate(*arrays)
        share = f", {result.utilisation:.1%} of the peak" if result.utilisation else ""
        limit = result.bound
        bound = f"; the {limit.name} take {limit.cycles:.0f}" if limit is not None else ""
        print(f"cycles:  {result.cycles}{share}{bound}")
        if self.options.bench:
            print(report_text(result))
        if self.options.trace is not None:
            write_trace(result, self.options.trace)
            print(f"trace:   {self.options.trace}")
        return arrays


def mapping_text(schedule: ScheduleAttr) -> str:
    """Return a mapping in a line: the instruction, and the kernel's axes along each of its own."""
    mapping = schedule.mapping
    groups = ", ".join("*".join(group) or "1" for group in mapping.groups)
    return f"{mapping.instruction}" + (f" along {groups}" if mapping.groups else "")


class Bench:
    """Times a kernel beside NumPy and the machine's peak, in one process and in turn."""

    def __init__(self, kernel: CompiledKernel, arrays: list[Array], options: Namespace) -> None:
        self.kernel = kernel
        self.arrays = arrays
        self.options = options

    def report(self) -> None:
        """Measure and print."""
        statements = pipeline.to_statements(self.kernel.module)
        work = operations(statements, self.kernel.entry)
        baseline = numpy_call(statements, self.kernel.entry)
        peak = self._peak()
        calls = [self._call()]
        calls += [peak.call] if peak is not None else []
        theirs = [lambda: baseline(self.arrays)] if baseline is not None else []
        if self.options.threads > 1:  # NumPy's threads go on waiting for work in the time of others
            times = interleaved(calls) + (interleaved(theirs) if theirs else [])
        else:
            times = interleaved(calls + theirs)
        rate = work / times[0]
        share = self._share(rate, peak.operations / times[1]) if peak is not None else ""
        print(f"time:    {_seconds(times[0])}, {rate / 1e9:.2f} {self._unit()}{share}")
        if baseline is None:
            print("numpy:   has no single call for this kernel")
        else:
            print(
                f"numpy:   {_seconds(times[-1])}, {work / times[-1] / 1e9:.2f} {self._unit()}"
                f": this kernel is {times[-1] / times[0]:.2f} times as fast"
            )

    def _call(self) -> Callable[[], object]:
        """Return the call to time."""
        kernel = self.kernel
        if not kernel.is_native:
            return lambda: kernel(*self.arrays)
        results = kernel(*self.arrays)
        return kernel.bind(self.arrays, results if isinstance(results, tuple) else [results])

    def _unit(self) -> str:
        """Return the unit of the rate."""
        return "GFLOP/s" if self.kernel.signature.outputs[0].dtype.kind not in "iub" else "Gop/s"

    def _peak(self) -> PeakCall | None:
        """Return what to compare with the machine's peak, if there is a peak to measure."""
        if not self.kernel.is_native or self.options.portable:
            return None
        signature = self.kernel.signature
        inputs = {parameter.element for parameter in signature.parameters if parameter.given}
        return peak_call(self.kernel.machine, signature.outputs[0].element, inputs)

    def _share(self, rate: float, peak: float) -> str:
        """Return the share of the peak of all threads in words."""
        peak *= self.options.threads
        return f", {rate / peak:.0%} of the measured peak of {peak / 1e9:.0f} {self._unit()}"


def _seconds(time: float) -> str:
    """Return a time in a unit that suits it."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if time * factor >= 1:
            return f"{time * factor:.3g} {unit}"
    return f"{time * 1e9:.0f} ns"
