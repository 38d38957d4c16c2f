"""The simulator of accelerators, made from their descriptions alone.

It loads a program in binary, decodes its words and executes them on byte memories: what they
compute, when, and whether the program orders what depends on each other.
"""

from .result import EngineReport, Result, Slice
from .simulation import Issued, Simulation

__all__ = ["EngineReport", "Issued", "Result", "Simulation", "Slice"]
