"""Read a pass pipeline, or a target's options, with errors that name what is near."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from xdsl.passes import ModulePass
from xdsl.utils.arg_spec import (
    ArgSpec,
    ArgSpecConvertible,
    ParameterListType,
    parse_pipeline,
    parse_spec,
)
from xdsl.utils.hints import isa, type_repr

from ..dialects.errors import UserError, did_you_mean

Convertible = TypeVar("Convertible", bound=ArgSpecConvertible)


def read_pipeline(
    text: str, available: dict[str, Callable[[], type[ModulePass]]]
) -> tuple[ModulePass, ...]:
    """Return the passes of a pipeline such as `a,b{option=1}`."""
    specs = list(parse_pipeline(" ".join(text.split())))
    for spec in specs:  # all names first, so that nothing is imported for a misspelt pipeline
        check_known("pass", spec.name, available)
    return tuple(configure("pass", available[spec.name](), spec) for spec in specs)


def explaining(passes: Sequence[ModulePass]) -> tuple[ModulePass, ...]:
    """Return the passes such that those that can explain what they do, do so."""
    return tuple(
        replace(pass_, explain=True)
        if any(field.name == "explain" for field in fields(pass_)) and not vars(pass_)["explain"]
        else pass_
        for pass_ in passes
    )


def read_spec(text: str) -> ArgSpec:
    """Return the name and the options in a text such as `c{option=1}`."""
    return parse_spec(" ".join(text.split()))


def check_known(kind: str, name: str, known: Iterable[str]) -> None:
    """Raise a `UserError` with the nearest name if `name` is not known."""
    names = list(known)
    if name not in names:
        raise UserError(f"unknown {kind} '{name}'", hint=did_you_mean(name, names))


def configure(kind: str, made: type[Convertible], spec: ArgSpec) -> Convertible:
    """Return a pass or a target with the options that `spec` gives it."""
    spec = spec.normalize_parameter_names()
    hints = get_type_hints(made)
    options = {field.name: hints[field.name] for field in fields(made) if field.init}
    parameters = dict(spec.parameters)
    for option, value in spec.parameters.items():
        shown = option.replace("_", "-")
        if option not in options:
            known = [name.replace("_", "-") for name in options]
            hint = did_you_mean(shown, known) if known else f"this {kind} has no options"
            raise UserError(f"unknown option '{shown}' of {kind} '{made.name}'", hint=hint)
        if value == () and isa(True, options[option]):
            parameters[option] = (True,)  # a bare flag, which xDSL does not take for `bool`
        elif not _fits(value, options[option]):
            given = ",".join(str(part) for part in value) or "nothing"
            raise UserError(
                f"option '{shown}' of {kind} '{made.name}' is {given}, "
                f"but should be of type {type_repr(options[option])}"
            )
    for option in sorted(made.required_fields() & options.keys() - parameters.keys()):
        shown = option.replace("_", "-")
        raise UserError(f"{kind} '{made.name}' needs the option '{shown}'")
    return made.from_spec(ArgSpec(spec.name, parameters))


def _fits(value: ParameterListType, hint: Any) -> bool:
    """Say whether xDSL can convert an option's value to the type of its field."""
    if not value:
        return NoneType in get_args(hint)
    return (len(value) == 1 and isa(value[0], hint)) or isa(value, hint)
