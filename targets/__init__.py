"""The output formats of `isa-opt -t`, one per file.

`TARGETS` names them. An entry is `name: "module:Class"`, the module relative to this package and
the class a subclass of `xdsl.utils.target.Target`; it is imported when the target is first used.

To add an output format: write its file and add its line here.
"""

TARGETS: dict[str, str] = {
    "asm": ".assembly:AssemblyTarget",
    "bin": ".binary:BinaryTarget",
    "c": ".c:CTarget",
}
