"""The languages of the compiler, one file per dialect.

`DIALECTS` names them. An entry is `name: "module:Dialect"`, the module relative to this package; it
is imported when the dialect is first used, so that a tool pays only for what its input says.
"""

DIALECTS: dict[str, str] = {
    "isa": ".isa:Isa",
    "kernel": ".kernel:Kernel",
    "plan": ".plan:Plan",
}

EXTENDED: dict[str, str] = {"linalg": ".linalg:Linalg"}
"""Those dialects of xDSL that this package knows more operations of, in the same form.

Our tools take them instead of xDSL's. An xDSL plug-in cannot offer them: it must not use the name of
a dialect that is there already.
"""
