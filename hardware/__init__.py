"""The machines, one `.mlir` file each: data that users copy and change.

This file only makes the folder a package, so that `importlib.resources` finds the descriptions.
"""
