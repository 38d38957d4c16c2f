"""ONNX Runtime: the weights are constants of the model, inputs and results are bound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatchmethod
from importlib.util import find_spec
from typing import Any

import numpy as np

from ..cases import Case, Convolution, Depthwise, Gemm, Image, Recurrent, Separable
from ..memory import empty, placed
from ..peer import Array, Peer, Prepared, Settings, Unsupported

Model = tuple[list[Any], dict[str, Array], list[Array], tuple[int, ...]]
"""Nodes, constants by name, inputs `x0`, `x1`, and the shape of the result `y`."""

OPSET = 21


class OnnxRuntime(Peer):
    """One model per case, on the CPU provider with all optimisations."""

    configuration = "constant weights, io_binding, CPU provider, all graph optimisations"

    @classmethod
    def missing(cls, settings: Settings) -> str:
        """Say whether it is installed, and `onnx`, which writes the models."""
        absent = [name for name in ("onnxruntime", "onnx") if find_spec(name) is None]
        return f"not installed (pip install {' '.join(absent)})" if absent else ""

    def prepare(self, case: Case, arrays: Sequence[Array]) -> Prepared:
        """Make a model of the case and a session for it."""
        if case.types[0] == "bf16":
            raise Unsupported("the CPU provider has no bf16")
        nodes, constants, inputs, shape = self.model(case, arrays)
        result = empty(shape, np.dtype(np.int32 if case.types[2] == "i32" else np.float32))
        session = self._session(nodes, constants, inputs, result)
        binding = session.io_binding()
        for number, array in enumerate(inputs):
            where = ("cpu", 0, array.dtype, array.shape, array.ctypes.data)
            binding.bind_input(f"x{number}", *where)
        binding.bind_output("y", "cpu", 0, result.dtype, result.shape, result.ctypes.data)
        run = session.run_with_iobinding

        def call(kept: object = inputs) -> None:
            """Run the session; the binding has only the addresses of what is `kept`."""
            run(binding)

        return Prepared(call, lambda: [self._as_given(case, result)])

    def _session(
        self, nodes: Sequence[Any], constants: dict[str, Array], inputs: list[Array], result: Array
    ) -> Any:
        """Return a session of a model."""
        import onnxruntime
        from onnx import helper, numpy_helper

        def value(name: str, array: Array) -> Any:
            """Return what the graph says of an array."""
            kind = helper.np_dtype_to_tensor_dtype(array.dtype)
            return helper.make_tensor_value_info(name, kind, array.shape)

        graph = helper.make_graph(
            nodes,
            "case",
            [value(f"x{number}", array) for number, array in enumerate(inputs)],
            [value("y", result)],
            [numpy_helper.from_array(array, name) for name, array in constants.items()],
        )
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=10)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        providers = ["CPUExecutionProvider"]
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers)

    def _as_given(self, case: Case, result: Array) -> Array:
        """Return a result as the case has it."""
        if isinstance(case, Image):
            return np.ascontiguousarray(result.transpose(0, 2, 3, 1))
        return result[:, 0] if isinstance(case, Recurrent) else result

    @singledispatchmethod
    def model(self, case: Case, arrays: Sequence[Array]) -> Model:
        """Return the model of a case."""
        raise Unsupported(f"no model for {type(case).__name__}")

    @model.register
    def _(self, case: Gemm, arrays: Sequence[Array]) -> Model:
        x, w = arrays
        name = "MatMul" if case.types[2] == "f32" else "MatMulInteger"
        x = x.view(np.uint8) if case.types[0] == "u8" else x
        return [_node(name, ["x0", "w"], "y")], {"w": w}, [x], (case.m, case.n)

    @model.register
    def _(self, case: Convolution, arrays: Sequence[Array]) -> Model:
        x, w = arrays
        integers = case.types[2] == "i32"
        x = x.view(np.uint8) if case.types[0] == "u8" else x
        node = self._convolution(case, "x0", "y", 1, "ConvInteger" if integers else "Conv")
        return [node], {"w": _filters(w)}, [_channels_first(x)], self._shape(case)

    @model.register
    def _(self, case: Depthwise, arrays: Sequence[Array]) -> Model:
        x, w = arrays
        node = self._convolution(case, "x0", "y", case.channels)
        return [node], {"w": _windows(w)}, [_channels_first(x)], self._shape(case)

    @model.register
    def _(self, case: Separable, arrays: Sequence[Array]) -> Model:
        x, w, mix = arrays
        first = self._convolution(case, "x0", "between", case.channels)
        second = _node("Conv", ["between", "mix"], "y")
        constants = {"w": _windows(w), "mix": _filters(mix[None, None])}
        return [first, second], constants, [_channels_first(x)], self._shape(case)

    @model.register
    def _(self, case: Recurrent, arrays: Sequence[Array]) -> Model:
        x, *states, w, r, bias = arrays
        order = {"gru": "rzn", "lstm": "ifgo"}[case.cell], {"gru": "zrn", "lstm": "iofg"}[case.cell]
        constants = {name: _gates(a, *order)[None] for name, a in (("w", w), ("r", r), ("b", bias))}
        constants["b"] = np.concatenate([constants["b"], np.zeros_like(constants["b"])], 1)
        more = {"linear_before_reset": 1} if case.cell == "gru" else {}
        inputs = ["x0", "w", "r", "b", "", *(f"x{number + 1}" for number in range(len(states)))]
        node = _node(case.cell.upper(), inputs, "y", hidden_size=case.units, **more)
        shape = (case.steps, 1, case.batch, case.units)
        return [node], constants, [x, *(state[None] for state in states)], shape

    def _convolution(self, case: Any, x: str, y: str, groups: int, operator: str = "Conv") -> Any:
        """Return the node of a convolution, channels first."""
        pads = [*case.padding, *case.padding]
        return _node(operator, [x, "w"], y, strides=case.strides, pads=pads, group=groups)

    def _shape(self, case: Image) -> tuple[int, ...]:
        return (case.batch, case.outputs, *case.result_pixels)


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> Any:
    from onnx import helper

    return helper.make_node(operator, inputs, [output], **attributes)


def _channels_first(image: Array) -> Array:
    """Return an image as ONNX has it, the only order of dimensions that it knows."""
    return placed(image.transpose(0, 3, 1, 2))


def _filters(weights: Array) -> Array:
    """Return [outputs, channels, window]."""
    return np.ascontiguousarray(weights.transpose(3, 2, 0, 1))


def _windows(weights: Array) -> Array:
    """Return [channels, 1, window]."""
    return np.ascontiguousarray(weights.transpose(2, 0, 1)[:, None])


def _gates(weights: Array, given: str, wanted: str) -> Array:
    """Return weights with the gates in another order."""
    parts = dict(zip(given, np.split(weights, len(given)), strict=True))
    return np.concatenate([parts[gate] for gate in wanted])
