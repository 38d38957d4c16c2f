"""Why an instruction, or one axis of it, does not fit a kernel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rejection:
    """A rule that failed, in the user's own names.

    `rule` is one of `"combine"`, `"element type"`, `"operator"`, `"operand"` (the bodies), `"R1"`,
    `"R2"`, `"R3"` (the axis rules of the design), `"coupled"` (axes that only fit together),
    `"pad"` (a tail that no zeros can fill), `"whole"` (a reduction that would be cut). `axis` and
    `operand` are the kernel's, `lane` is the instruction's axis, and `binding` says which of the
    kernel's inputs stood for the instruction's when the rule failed. `shared` is the text without
    the instruction's own names, where many instructions are alike in what they lack.
    """

    rule: str
    text: str
    axis: str | None = None
    lane: str | None = None
    operand: str | None = None
    binding: tuple[int, ...] | None = None
    shared: str | None = None

    def __str__(self) -> str:
        return f"{self.text} ({self.rule})"

    def as_dict(self) -> dict[str, str]:
        """The parts that are known, for JSON."""
        parts = {"rule": self.rule, "text": self.text, "axis": self.axis, "lane": self.lane}
        parts["operand"] = self.operand
        return {key: value for key, value in parts.items() if value is not None}
