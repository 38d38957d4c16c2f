"""Windows of straight-line code: views with the loop variables replaced by numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from xdsl.dialects.builtin import AffineMapAttr, DenseArrayBase, i64
from xdsl.ir import Attribute, Operation, SSAValue

from ...dialects.isa import ViewOp
from ..linear_form import Linear, affine_map
from ..window import Window
from .engine_programs import window_of

Numbers: TypeAlias = tuple[int, ...]


@dataclass
class StraightViews:
    """The views of straight-line code, each made once.

    Attributes:
        buffers: What stands for each buffer.
    """

    buffers: dict[SSAValue, SSAValue] = field(default_factory=dict[SSAValue, SSAValue])
    _templates: dict[SSAValue, _Template | None] = field(
        default_factory=dict[SSAValue, "_Template | None"]
    )
    _made: dict[tuple[SSAValue, Numbers], SSAValue] = field(
        default_factory=dict[tuple[SSAValue, Numbers], SSAValue]
    )

    def get(
        self, value: SSAValue, numbers: Mapping[SSAValue, int], ops: list[Operation]
    ) -> SSAValue:
        """What a buffer or view is at these numbers of the loop variables; appends a new view to `ops`."""
        template = self._templates.get(value)
        if template is None:
            if value not in self._templates:
                self._templates[value] = template = _template(value)
            if template is None:
                return self.buffers.get(value, value)
        key = value, tuple([numbers[variable] for variable in template.variables])
        found = self._made.get(key)
        if found is None:
            base = template.window.base
            op = template.view(self.buffers.get(base, base), key[1])
            ops.append(op)
            found = self._made[key] = op.results[0]
        return found


@dataclass(frozen=True)
class _Template:
    """A view that depends on numbers."""

    window: Window
    variables: tuple[SSAValue, ...]
    type: Attribute
    hint: str | None
    op: Operation

    def view(self, base: SSAValue, numbers: Numbers) -> ViewOp:
        """The view at these numbers of the variables."""
        known = dict(zip(self.variables, numbers, strict=True))
        index = tuple([_form_at(form, known) for form in self.window.index])
        guards = tuple([(_form_at(form, known), bound) for form, bound in self.window.guards])
        properties: dict[str, Attribute] = {"map": _map_of(index, len(self.window.shape))}
        if guards:
            guards = Window(base, self.window.shape, index, guards).simplified().guards
        if guards:
            forms = tuple(form for form, _ in guards)
            properties["guard_map"] = _map_of(forms, len(self.window.shape))
            properties["guard_bounds"] = DenseArrayBase.from_list(i64, [b for _, b in guards])
        op = ViewOp.create(operands=[base], result_types=[self.type], properties=properties)
        op.result.name_hint = self.hint
        op.location = self.op.location
        return op


def _template(value: SSAValue) -> _Template | None:
    """The view that a value is; None for a buffer."""
    if not isinstance(value.owner, ViewOp):
        return None
    window = window_of(value)
    terms = dict.fromkeys(v for form in window.forms() for v, _ in form.terms)
    return _Template(window, tuple(terms), value.type, value.name_hint, value.owner)


def _form_at(form: Linear, known: Mapping[SSAValue, int]) -> Linear:
    """A linear form with numbers in the place of its variables."""
    if not form.terms:
        return form
    constant = form.constant + sum([factor * known[value] for value, factor in form.terms])
    return Linear(form.dims, (), constant)


@lru_cache(maxsize=8192)
def _map_of(forms: tuple[Linear, ...], rank: int) -> AffineMapAttr:
    """The map of linear forms without variables."""
    return AffineMapAttr(affine_map(forms, (), rank))
