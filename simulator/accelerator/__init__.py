"""The simulator of accelerators, made from their descriptions alone.

It loads a program in binary, decodes its words and executes them on byte memories: what they
compute, when, and whether the program orders what depends on each other.
"""

from .report import report_text
from .result import Bound, EngineReport, Result, Slice
from .schedule import Options
from .simulation import Simulation
from .trace import trace_events, write_trace

__all__ = [
    "Bound",
    "EngineReport",
    "Options",
    "Result",
    "Simulation",
    "Slice",
    "report_text",
    "trace_events",
    "write_trace",
]
