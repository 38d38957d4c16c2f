"""What assembly text calls things: shared by those who write it and those who read it.

```
.machine npu
.buffer a input i8 [16, 16] layout [0:16, 1:16] align 64
.loc "gemm.mlir" 3 5
load_i8 load.0 dst=@spad[0] src=a[16] src.present0=15 j=16 src.low0=1 src.high0=0 wait(execute)
halt control
```

An instruction is its name, its engine, and every number of its words by name: where an operand is
(in a memory, or in a buffer), in the units of addresses there, and all others as the encoding calls
them, `x.stride0` for `stride(x, 0)` and so on.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ..dialects.isa.number import Call, Name, text_of

PLAIN_NAME = re.compile(r"[A-Za-z_$][\w$.\-]*")
"""A name that needs no quotes."""


def keys_of(calls: Sequence[Call]) -> Mapping[str, Call]:
    """What text calls the quantities of words: a short name, or all of it where two are alike."""
    short = [_short(call) for call in calls]
    often = Counter(short)
    return {
        name if often[name] == 1 else text_of(call).replace(" ", ""): call
        for name, call in zip(short, calls, strict=True)
    }


def _short(call: Call) -> str:
    """The short name of a quantity."""
    match call:
        case Call("address" | "extent" | "parameter", (Name(name),)):
            return name
        case Call(function, (Name(name), number)):
            return f"{name}.{function}{number}"
        case Call(function, (int() as number,)):
            return f"{function}{number}"
        case _:
            return call.function


def quoted(name: str) -> str:
    """A name, in quotes where it is no plain one."""
    return name if PLAIN_NAME.fullmatch(name) else json.dumps(name)
