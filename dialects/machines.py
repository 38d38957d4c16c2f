"""Find the description of a machine: in the module, in a file, or among those that are shipped.

A file is parsed once per process. What `find_target` and `import_target` return from a file is
shared by everyone who asks: it must not be changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import prod
from pathlib import Path
from weakref import WeakKeyDictionary

from xdsl.context import Context
from xdsl.dialects import get_all_dialects
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Dialect, Operation
from xdsl.rewriter import InsertPoint, Rewriter

from .. import __version__, hardware
from .cache import cache_directory
from .errors import UserError, did_you_mean, location_of
from .isa import ImportOp, InstructionOp, Isa, ScalarOp, TargetOp
from .source import decode_text, read_module

HOST = "host"
"""The name that stands for the best shipped machine that this CPU is."""

_SUFFIX = ".mlir"


def list_machines() -> list[tuple[str, str]]:
    """Return name and first comment line of every shipped machine, by name, without parsing."""
    found: list[tuple[str, str]] = []
    for name, file in sorted(_shipped().items()):
        first = file.read_text(encoding="utf-8").partition("\n")[0].strip()
        found.append((name, first.removeprefix("//").strip() if first.startswith("//") else ""))
    return found


def find_target(name: str, module: ModuleOp, context: Context | None = None) -> TargetOp:
    """Return the machine that a user calls `name`.

    In this order, it is an `isa.target` or `isa.import` of that symbol in the module; the path of
    a file (with a `/`, or ending in `.mlir`), relative to the working directory; a shipped machine;
    for `host`, among the shipped machines whose features this CPU has and whose every instruction
    has a C form the one with the highest peak, and of equals the one with the most instructions.

    Args:
        name: What the user wrote, for instance in `target=`.
        module: Where to look first.
        context: Unused: files are parsed with a context of their own.

    Raises:
        UserError: There is no such machine, or its file does not verify.
        ParseError: Its file is not MLIR.
    """
    return _find(name, module)[0]


def import_target(module: ModuleOp, name: str, context: Context | None = None) -> TargetOp:
    """Return the machine that a user calls `name` and make sure that the module names it.

    If the machine is not described in the module, an `isa.import` is inserted at its top, so that
    references such as `@avx512::@fmadd_ps` resolve. Arguments and errors as for `find_target`.
    """
    target, source = _find(name, module)
    declared = _declaration(module, target.symbol)
    if isinstance(declared, ImportOp) and source not in (None, declared.source.data):
        raise UserError(
            f"@{target.symbol} is already imported from '{declared.source.data}', "
            f"so it cannot also come from '{source}'",
            declared,
        )
    if declared is None and source is not None:
        op = ImportOp(target.symbol, source)
        Rewriter.insert_op(op, InsertPoint.at_start(module.body.block))
    return target


def resolve(op: Operation, symbol: SymbolRefAttr) -> InstructionOp | ScalarOp:
    """Return the instruction that `symbol`, such as `@avx512::@fmadd_ps`, means where `op` stands.

    Raises:
        UserError: The symbol names no target or import around `op`, or no instruction of it.
    """
    target = target_of(op, symbol)
    names = [name.data for name in symbol.nested_references.data]
    if len(names) != 1:
        raise UserError(
            f"{symbol} does not name an instruction",
            op,
            f"write it as @{target.symbol}::@instruction",
        )
    found = target.lookup(names[0])
    if not isinstance(found, InstructionOp | ScalarOp):
        hint = did_you_mean(names[0], target.instructions)
        raise UserError(f"@{target.symbol} has no instruction @{names[0]}", op, hint)
    return found


def target_of(op: Operation, symbol: SymbolRefAttr) -> TargetOp:
    """Return the machine that the root of `symbol` means where `op` stands.

    Raises:
        UserError: There is no `isa.target` or `isa.import` of that name around `op`.
    """
    name = symbol.root_reference.data
    around: Operation | None = op
    known: list[str] = []
    while around is not None:
        if isinstance(around, ModuleOp):
            declared = _declaration(around, name)
            if declared is not None:
                return declared if isinstance(declared, TargetOp) else _imported(declared)
            known += [other.symbol for other in _declarations(around)]
        around = around.parent_op()
    hint = did_you_mean(name, known) or f'name it: isa.import @{name} from "{name}"'
    raise UserError(f"unknown target @{name}", op, hint)


def load_machine(source: str, folder: Path | None = None) -> TargetOp:
    """Return the machine of a shipped name, or of the path of a file.

    A path is looked for in a folder first, then in the working directory.

    Raises:
        UserError: There is none, or its file does not verify.
        ParseError: Its file is not MLIR.
    """
    if folder is not None and _is_path(source) and (folder / source).is_file():
        source = str(folder / source)
    return _load(source, [*_shipped()])


def peak_of(target: TargetOp) -> float:
    """Return the most elements that a machine multiplies per cycle, or else computes with."""
    peaks = [0.0]
    units = target.units
    for op in target.instructions.values():
        if not op.is_move and _multiplies(op):
            peaks.append(prod(op.extents) / op.interval * units[op.unit_name].count)
    if target.scalar is not None:
        peaks.append(units[target.scalar.unit_name].count / target.scalar.interval)
    return max(peaks)


def _multiplies(op: InstructionOp) -> bool:
    """Return whether an instruction multiplies operands."""
    statement = op.statement
    if statement.name == "kernel.contract":
        return len(statement.operands) > 2
    return any(inner.name in ("arith.mulf", "arith.muli") for inner in statement.walk())


@cache
def host_features() -> frozenset[str]:
    """Return the features of this CPU as `/proc/cpuinfo` names them; none on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return frozenset()


def _find(name: str, module: ModuleOp) -> tuple[TargetOp, str | None]:
    """Return a machine and what an `isa.import` of it says; None if the module has it."""
    declared = _declaration(module, name)
    if isinstance(declared, TargetOp):
        return declared, None
    if isinstance(declared, ImportOp):
        return _imported(declared), declared.source.data
    if name == HOST:
        name = _host_machine(host_features())
    known = [*(op.symbol for op in _declarations(module)), *_shipped(), HOST]
    return _load(name, known), name


def _declarations(module: ModuleOp) -> Iterator[TargetOp | ImportOp]:
    """Yield the targets and imports at the top of a module."""
    return (op for op in module.body.ops if isinstance(op, TargetOp | ImportOp))


def _declaration(module: ModuleOp, name: str) -> TargetOp | ImportOp | None:
    """Return the target or import of that name at the top of a module."""
    for op in module.body.ops:  # every invocation asks, and it is the first operation as a rule
        if isinstance(op, ImportOp | TargetOp) and op.symbol == name:
            return op
    return None


_resolved: WeakKeyDictionary[ImportOp, TargetOp] = WeakKeyDictionary()
"""The machines that imports named when they were first asked: every invocation asks again."""


def _imported(op: ImportOp) -> TargetOp:
    """Return the machine that an import names: the same one for as long as the import stands."""
    found = _resolved.get(op)
    if found is None:
        found = _resolved[op] = _load_import(op)
    return found


def _load_import(op: ImportOp) -> TargetOp:
    """Return the machine that an import names."""
    try:
        target = _load(op.source.data, [*_shipped()])
    except UserError as error:
        raise UserError(error.message, error.location or location_of(op), error.hint) from error
    if target.symbol != op.symbol:
        raise UserError(
            f"'{op.source.data}' describes @{target.symbol}, not @{op.symbol}",
            op,
            f'write isa.import @{target.symbol} from "{op.source.data}"',
        )
    return target


def _load(source: str, known: list[str]) -> TargetOp:
    """Return the machine of a shipped name or of a path."""
    if _is_path(source):
        path = Path(source)
        if not path.is_file():
            raise UserError(f"there is no file '{source}'")
        return _parse(path.resolve(), source, path.stat().st_mtime_ns)
    file = _shipped().get(source)
    if file is None:
        raise UserError(f"unknown machine '{source}'", hint=did_you_mean(source, known))
    return _parse(file, str(file), file.stat().st_mtime_ns if isinstance(file, Path) else 0)


def _is_path(source: str) -> bool:
    """Return whether a source is the path of a file rather than a shipped name."""
    return "/" in source or source.endswith(_SUFFIX)


_reading: list[str] = []
"""The files that are being read: each is included by the one before it."""


@cache
def _parse(file: Traversable, name: str, changed: int) -> TargetOp:
    """Parse a file that describes one machine; `changed` tells the versions of a file apart."""
    if name in _reading:
        raise UserError(f"a machine includes itself: {' -> '.join([*_reading, name])}")
    _reading.append(name)
    try:
        module = read_module(_context(), decode_text(file.read_bytes(), name), name)
    finally:
        _reading.pop()
    targets = [op for op in module.body.ops if isinstance(op, TargetOp)]
    if len(targets) != 1:
        raise UserError(f"'{name}' must describe one machine, but has {len(targets)} isa.target")
    return targets[0]


def _context() -> Context:
    """Return a context with the dialects of machines, and of kernels that stand beside one."""
    context = Context()
    available = get_all_dialects()
    for name in ("builtin", "arith", "func", "math", "memref", "tensor"):
        context.register_dialect(name, available[name])
    context.register_dialect("isa", lambda: Isa)
    context.register_dialect("kernel", _kernel)
    context.register_dialect("linalg", _linalg)
    return context


def _kernel() -> Dialect:
    """Return the `kernel` dialect, which is only loaded by machines that use it."""
    from .kernel import Kernel

    return Kernel


def _linalg() -> Dialect:
    """Return our `linalg` dialect, in which `linalg.map` is."""
    from .linalg import Linalg

    return Linalg


@cache
def _host_machine(features: frozenset[str]) -> str:
    """Return the name of the best shipped machine for a CPU of these features.

    To tell, all of them must be read, so the answer is kept on disk for as long as they stay.
    """
    record = cache_directory() / f"host-{_state_of_machines(features)}"
    try:
        name = record.read_text(encoding="utf-8")
    except OSError:
        name = ""
    if name not in _shipped():
        name = _best_machine(features)
        with suppress(OSError):
            record.write_text(name, encoding="utf-8")
    return name


def _best_machine(features: frozenset[str]) -> str:
    """Return the name of the best shipped machine for a CPU of these features."""
    ranks: dict[str, tuple[float, int]] = {}
    for name in _shipped():
        target = _load(name, [])
        if features.issuperset(target.features) and target.is_complete:
            ranks[name] = peak_of(target), len(target.instructions)
    if not ranks:
        raise UserError("no shipped machine runs on this CPU")
    return max(ranks, key=lambda name: ranks[name])


def _state_of_machines(features: frozenset[str]) -> str:
    """Return a digest of all that the best machine depends on."""
    state = hashlib.sha256("\0".join((__version__, *sorted(features))).encode())
    folders = [files(hardware)]
    for folder in folders:
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                folders.append(entry)
            elif entry.name.endswith(_SUFFIX):
                state.update(entry.read_bytes())
    return state.hexdigest()


@cache
def _shipped() -> dict[str, Traversable]:
    """Return the files of the shipped machines by name."""
    return {
        file.name.removesuffix(_SUFFIX): file
        for file in files(hardware).iterdir()
        if file.name.endswith(_SUFFIX)
    }
