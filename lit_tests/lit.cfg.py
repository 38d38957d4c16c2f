"""Configuration of `lit lit_tests`; `pytest tests/test_lit.py` runs the same files, much faster."""

import os
import shutil
import sys
from typing import Any

import lit.formats

config: Any = globals()["config"]  # lit defines it before it runs this file
config.name = "isa-mapper"
config.test_format = lit.formats.ShTest()
config.suffixes = [".mlir"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join(
    [os.path.dirname(sys.executable), os.environ.get("PATH", "")]
)
if shutil.which("cc"):
    config.available_features.add("cc")
