"""Networks as ONNX files, out and in. docs/decisions/0052-onnx.md says what such a file holds."""
