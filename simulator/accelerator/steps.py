"""The instructions of a program in the order of its code, as they go through the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...binary.decode import Decoded
from ...binary.instance import Instance, Location, source_of
from ...dialects.errors import UserError
from ...dialects.isa import ControlKind, TargetOp
from ..elements import Array
from .access import Access
from .cost import Cost


@dataclass(frozen=True)
class Direct:
    """An instruction that needs no decoding, as one that has been decoded.

    Attributes:
        given: The instruction. is_last: Whether it ends the program.
        is_control: Whether it computes nothing. configuration: What it sets, or None.
    """

    given: Instance
    is_last: bool
    is_control: bool
    configuration: str | None

    @staticmethod
    def of(instance: Instance, target: TargetOp) -> Direct:
        """The instruction of a machine that an instance is.

        Raises:
            UserError: The machine has no such instruction.
        """
        control = target.controls.get(instance.name)
        is_configuration = instance.name in target.configurations
        if control is None and not is_configuration and instance.name not in target.instructions:
            raise UserError(
                f"@{target.symbol} has no instruction '{instance.name}'",
                source_of(instance.location),
            )
        is_last = control is not None and control.kind is ControlKind.FINISHES
        name = instance.name if is_configuration else None
        return Direct(instance, is_last, control is not None, name)

    @property
    def name(self) -> str:
        """The part of the machine."""
        return self.given.name

    @property
    def engine(self) -> str:
        """The engine that executes it."""
        return self.given.engine

    @property
    def waits(self) -> tuple[str, ...]:
        """The engines that it waits for."""
        return self.given.waits

    @property
    def signals(self) -> tuple[str, ...]:
        """The engines that it signals."""
        return self.given.signals

    @property
    def value(self) -> int:
        """What a configuration is set to."""
        return self.given.value

    @property
    def records(self) -> range | None:
        """None: all that it does is known."""
        return None

    def instance(self, state: Mapping[str, int], records: bytes = b"") -> Instance:
        """Itself."""
        return self.given


@dataclass(eq=False)
class Step:
    """An instruction on its way through the machine.

    Attributes:
        index: Its place in the code. issued: What the code says. location: What it comes from.
        dispatched: When it entered the queue of its engine.
        instance: What it is in full, `records` the records that say so, and `accesses` where its
            operands lie, once this is known.
        blockers: Instructions before it that hardware lets it wait for.
        start: When it began, or None. end: When its engine was free again.
        done: When its results could be used, or None while that is not known.
        clock: What it knows of the others. cost: What it takes.
    """

    index: int
    issued: Decoded | Direct
    location: Location | None
    dispatched: int = 0
    instance: Instance | None = None
    records: Access | None = None
    accesses: Sequence[Access | None] = ()
    blockers: tuple[Step, ...] = ()
    start: int | None = None
    end: int = 0
    done: int | None = None
    clock: Array | None = None
    cost: Cost | None = None

    def resolve(self, state: dict[str, int], records: bytes) -> Instance:
        """Work out what it is in full; a configuration is set.

        Raises:
            UserError: It needs a configuration that is not set, or another thing is wrong with it.
        """
        issued = self.issued
        if issued.is_control or issued.configuration is not None:
            instance = Instance(
                issued.name,
                issued.engine,
                value=issued.value,
                waits=issued.waits,
                signals=issued.signals,
            )
        else:
            try:
                instance = issued.instance(state, records)
            except UserError as error:
                error.location = error.location or source_of(self.location)
                raise
        if issued.configuration is not None:
            state[issued.configuration] = issued.value
        self.instance = replace(instance, location=self.location)
        return self.instance


@dataclass
class EngineState:
    """An engine while a program runs.

    Attributes:
        name: Its name. depth: How many instructions its queue holds.
        queue: Those that are in it. starts: When the ones before began.
        configurations: What it is set to.
        free: When it can begin with the next. done: When all that it began with is done.
        moving: Whether it moves data through a memory that is shared, so that `free` is not known.
    """

    name: str
    depth: int
    queue: list[Step] = field(default_factory=list[Step])
    starts: list[int] = field(default_factory=list[int])
    configurations: dict[str, int] = field(default_factory=dict[str, int])
    free: int = 0
    done: int = 0
    moving: bool = False

    @property
    def dispatched(self) -> int:
        """How many instructions have entered its queue."""
        return len(self.starts) + len(self.queue)

    @property
    def has_room(self) -> bool:
        """Whether its queue takes another instruction."""
        return len(self.queue) < self.depth

    @property
    def room_since(self) -> int:
        """Since when it does."""
        number = self.dispatched - self.depth
        return self.starts[number] if number >= 0 else 0
