"""Networks as ONNX files, out and in. docs/decisions/0052-onnx.md says what such a file holds."""

from fishlab.core.exchange.formats import EXPORTS, Export
from fishlab.core.exchange.onnx_files.writer import write_onnx

EXPORTS.register(
    "onnx",
    title="ONNX model",
    help="One file that most programs for neural networks open, from ONNX Runtime in an app or a browser to Netron.",
)(Export(".onnx", write_onnx))
