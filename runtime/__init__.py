"""The run time: compile emitted code, load it and call it with NumPy arrays; the Python API."""
