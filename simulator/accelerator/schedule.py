"""When the instructions of a program are executed: a front end, queues, and engines beside each other.

The front end takes one instruction per cycle, in the order of the code, and puts it into the queue
of its engine; when that is full, it waits. An engine begins with its instructions in order, as soon
as each has its signals. It is free for the next one when all iterations have begun, which is after
`interval` cycles each; `latency` cycles later the instruction is done, and signals. An engine sees
what it wrote itself as if each instruction were done before the next begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from random import Random
from typing import TypeAlias

from ...binary.instance import Instance
from ...dialects.isa import TargetOp
from .access import failure
from .channels import Channels
from .cost import Cost, cost_of, products_of
from .deadlock import stuck
from .front_end import FrontEnd
from .hazards import Hazards
from .machine import Machine
from .ordering import Ordering
from .result import EngineReport, Slice
from .signals import Signals
from .steps import EngineState, Step

SETTING = 1
"""The cycles that setting a configuration takes."""

LONGEST = 10
"""Times that are drawn at random have up to so many bits."""

_Limits: TypeAlias = list[tuple[str, int]]
"""Causes for which an instruction waits, each with when it is over."""


@dataclass(frozen=True)
class Options:
    """How a program is run.

    Attributes:
        overlap: Whether engines work beside each other; if not, every instruction begins when the
            one before it in the code is done.
        seed: Where it is given, how long everything takes is drawn at random, so that the engines
            overtake each other in all sorts of ways.
        limit: How many instructions may be executed, iterations of hardware loops counted.
    """

    overlap: bool = True
    seed: int | None = None
    limit: int = 1_000_000


class Schedule:
    """One run of a program.

    Attributes:
        slices: What was executed, in order. reports: How every engine spent its cycles.
        products: Per element type, how many products were summed. cycles: How long all took.
    """

    def __init__(
        self, target: TargetOp, machine: Machine, steps: Sequence[Step], options: Options
    ) -> None:
        self._instructions = target.instructions
        self._machine, self._options = machine, options
        self._engines = {
            name: EngineState(name, unit.queue or 1)
            for unit in target.units.values()
            for name in unit.engines
        }
        self._front = FrontEnd(steps, self._engines)
        self._hazards = Hazards() if "interlocked" in target.attributes else None
        self._ordering = Ordering(list(self._engines))
        self._signals = Signals(None if target.semaphores is None else target.semaphores.most)
        self._random = None if options.seed is None else Random(options.seed)
        self._moving = 0
        self._channels = Channels(
            {
                name: memory.bandwidth
                for name, memory in machine.memories.items()
                if memory.bandwidth
            }
        )
        self._records = next(
            (f.memory_name for f in target.formats.values() if f.memory_name is not None), None
        )
        self._executed = self._last_done = 0
        self.slices: list[Slice] = []
        self.reports = {name: EngineReport(name) for name in self._engines}
        self.products: dict[str, int] = {}
        self.cycles = 0

    def run(self) -> None:
        """Run the program to its end.

        Raises:
            UserError: It does what it must not.
        """
        while True:
            self._hand_out()
            heads = [(engine, self._limits(engine)) for engine in self._engines.values()]
            ready = [(engine, limits) for engine, limits in heads if limits is not None]
            head = min(ready, key=self._rank, default=None)
            moved = self._channels.next_end()
            if moved is not None and (head is None or moved[0] <= _start(*head)):
                self._channels.end(moved[1], moved[0])
                self._end(moved[1], moved[0])
                continue
            if head is None:
                raise stuck(self._front, self._engines, self._signals)
            step = self._begin(*head)
            if step.issued.is_last:
                return self._finish()

    def _hand_out(self) -> None:
        """Let the front end go on until it must wait."""
        while (step := self._front.hand_out(self._drawn(0))) is not None:
            if self._hazards is not None:
                self._resolve(step, self._engines[step.issued.engine])
                self._hazards.dispatched(step)

    def _rank(self, head: tuple[EngineState, _Limits]) -> tuple[int, int]:
        """What decides which of the instructions that can begin is next: when it can."""
        engine, limits = head
        index = engine.queue[0].index
        return (_start(engine, limits) if self._options.overlap else index), index

    def _limits(self, engine: EngineState) -> _Limits | None:
        """What the next instruction of an engine waits for, and until when; None if none can begin."""
        if not engine.queue or engine.moving or (self._moving and not self._options.overlap):
            return None
        step = engine.queue[0]
        limits: _Limits = [("dispatch", step.dispatched)]
        for other, time in self._signals.arrivals(engine.name, step.issued.waits):
            if time is None:
                return None
            limits.append((f"wait for {other}", time))
        if self._hazards is not None:
            time = self._hazards.ready(step)
            if time is None:
                return None
            limits.append(("hazard", time))
        if not self._options.overlap:
            return [("order", self._last_done)]
        return limits

    def _begin(self, engine: EngineState, limits: _Limits) -> Step:
        """Begin with the next instruction of an engine, and execute it."""
        step = engine.queue.pop(0)
        start = step.start = _start(engine, limits)
        engine.starts.append(start)
        self._count_stalls(engine, limits)
        if step.instance is None:
            self._resolve(step, engine)
        instance = step.instance
        assert instance is not None
        taken = self._signals.take(engine.name, step.issued.waits)
        if self._hazards is None:
            clocks = [signal.clock for signal in taken if signal.clock is not None]
            step.clock = self._ordering.begin(instance, clocks)
            self._ordering.access(instance, (step.records, *step.accesses), step.clock)
        if step.accesses:
            self._machine.execute(instance, step.accesses)
        self._occupy(engine, step, instance)
        if step.issued.is_last and step.clock is not None:
            issued = [e.dispatched for e in self._engines.values()]
            self._ordering.finish(instance, step.clock, issued)
        if self._hazards is not None:
            self._hazards.passed(start)
        return step

    def _resolve(self, step: Step, engine: EngineState) -> None:
        """Work out what an instruction is in full, and where its operands lie."""
        records = b""
        if self._records is not None and step.issued.records is not None:
            plain = Instance(step.issued.name, engine.name, location=step.location)
            step.records = self._machine.records(self._records, step.issued.records, plain)
            records = self._machine.memories[self._records].bytes.tobytes()
        instance = step.resolve(engine.configurations, records)
        self._executed += prod(instance.counts)
        if self._executed > self._options.limit:
            raise failure(instance, f"more than {self._options.limit} instructions are executed")
        if not step.issued.is_control and step.issued.configuration is None:
            step.accesses = self._machine.accesses(instance)

    def _occupy(self, engine: EngineState, step: Step, instance: Instance) -> None:
        """Work out how long an instruction takes, as far as that is known when it begins."""
        self.reports[engine.name].instructions += 1
        start = step.start or 0
        if step.issued.is_control:
            step.cost = Cost(0, 0)
        elif step.issued.configuration is not None:
            step.cost = Cost(self._drawn(SETTING), 0)
        else:
            op = self._instructions[instance.name]
            cost = cost_of(op, instance, step.accesses)
            step.cost = replace(cost, busy=self._drawn(cost.busy))
            if (element := products_of(op)) is not None:
                self.products[element] = self.products.get(element, 0) + cost.products
        cycles = step.cost.busy + step.cost.bank
        if step.cost.transferred and self._random is None:
            engine.moving = True
            self._moving += 1
            self._channels.begin(step, step.cost.transferred, start, cycles)
        else:
            self._end(step, start + cycles)

    def _end(self, step: Step, time: int) -> None:
        """An engine is free again: now it is known when its instruction is done."""
        engine, cost, instance = self._engines[step.issued.engine], step.cost, step.instance
        assert cost is not None
        assert instance is not None
        report, start = self.reports[engine.name], step.start or 0
        if step.issued.configuration is None:
            report.busy += cost.busy
        else:
            report.stall("configuration", cost.busy)
        report.stall("bank", cost.bank)
        report.stall("bandwidth", time - start - cost.busy - cost.bank)
        step.end, step.done = time, max(time + self._drawn(cost.latency), engine.done)
        engine.free, engine.done = step.end, step.done
        self._moving -= engine.moving
        engine.moving = False
        self._last_done = step.done
        self._signals.give(instance, step.done, step.clock)
        times = (step.dispatched, start, step.end, step.done)
        self.slices.append(Slice(instance, *times, cost.transferred))

    def _drawn(self, cycles: int) -> int:
        """So many cycles, or any number where they are drawn at random."""
        if self._random is None:
            return cycles
        return int(2 ** self._random.uniform(0, LONGEST)) - (cycles == 0)

    def _count_stalls(self, engine: EngineState, limits: _Limits) -> None:
        """Count the cycles for which an engine was free and could not begin, by what it waited for."""
        report, time = self.reports[engine.name], engine.free
        for cause, until in sorted(limits, key=lambda limit: limit[1]):
            if until <= time:
                continue
            if cause == "dispatch":
                full = self._front.waited(time, until)
                report.stall("queue", full)
                report.stall(cause, until - time - full)
            else:
                report.stall(cause, until - time)
            time = until

    def _finish(self) -> None:
        """Count what is left when the program has ended."""
        while (moved := self._channels.next_end()) is not None:
            self._channels.end(moved[1], moved[0])
            self._end(moved[1], moved[0])
        self.slices.sort(key=lambda piece: piece.start)
        self.cycles = max(engine.done for engine in self._engines.values())
        for engine in self._engines.values():
            self.reports[engine.name].idle = self.cycles - engine.free
        self._signals.check_taken()


def _start(engine: EngineState, limits: _Limits) -> int:
    """When the next instruction of an engine can begin."""
    return max(engine.free, *(time for _, time in limits))
