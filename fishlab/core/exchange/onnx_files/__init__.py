"""Networks as ONNX files, out and in. docs/decisions/0052-onnx.md says what such a file holds."""

from fishlab.core.exchange.formats import EXPORTS, IMPORTS, Export, Import
from fishlab.core.exchange.onnx_files.reader import read_onnx
from fishlab.core.exchange.onnx_files.writer import write_onnx

EXPORTS.register(
    "onnx",
    title="ONNX model",
    help="One file that most programs for neural networks open, from ONNX Runtime in an app or a browser to Netron.",
)(Export(".onnx", write_onnx))

IMPORTS.register(
    "onnx",
    title="ONNX model",
    help="A network made of layers that there are here, as PyTorch, other programs and FishLab write it.",
)(Import((".onnx",), read_onnx))
