"""Every format, in the order of the menus: its words here, its code in a module that is imported when it is used."""

from __future__ import annotations

from fishlab.core.exchange.formats import EXPORTS, IMPORTS, Export, Extra, Import, later

ONNX = Extra("onnx", "onnx")
TENSORBOARD = Extra("tensorboard", "tensorboardX")

EXPORTS.register(
    "onnx",
    title="ONNX model",
    help="One file that most programs for neural networks open, from ONNX Runtime in an app or a browser to Netron.",
)(Export(".onnx", later("onnx_files.writer", "write_onnx"), extra=ONNX))
EXPORTS.register(
    "safetensors",
    title="safetensors",
    help="The weights under the names and in the order of axes of PyTorch, and a description of the network.",
)(Export(".safetensors", later("weights_file", "write_weights")))
EXPORTS.register(
    "numpy",
    title="Python with NumPy",
    help="The network and its training as a chapter of the book has them. The weights go beside it, into an .npz.",
)(Export(".py", later("code.numpy_file", "write_numpy")))
EXPORTS.register(
    "torch",
    title="Python with PyTorch",
    help="The network and its training as modules of PyTorch. The weights go beside it, into an .npz.",
)(Export(".py", later("code.torch_file", "write_torch")))
EXPORTS.register(
    "book",
    title="The book's pickle",
    aliases=("pickle", "pkl"),
    help="The weights as a pickled table of W1, b1, W2 and so on, which the book's load_params reads.",
)(Export(".pkl", later("book_pickle", "write_book")))
EXPORTS.register(
    "svg",
    title="Diagram as SVG",
    help="The network as a drawing that stays sharp at any size, for pages and slides.",
)(Export(".svg", later("diagram", "write_svg"), weights=False))
EXPORTS.register(
    "png",
    title="Diagram as PNG",
    help="The network as a picture of pixels, twice as many as on a usual screen.",
)(Export(".png", later("diagram", "write_png"), weights=False))
EXPORTS.register(
    "csv",
    title="History as CSV",
    help="Loss, accuracy and learning rate of every step, and of every epoch in a second file, for spreadsheets.",
)(Export(".csv", later("history_csv", "write_history"), needs_model=True, weights=False))
EXPORTS.register(
    "tensorboard",
    title="TensorBoard events",
    help="A folder for TensorBoard: loss, accuracy, learning rate, weights before and after, the settings.",
)(Export("", later("event_files", "write_events"), needs_model=True, weights=False, extra=TENSORBOARD))

IMPORTS.register(
    "onnx",
    title="ONNX model",
    help="A network made of layers that there are here, as PyTorch, other programs and FishLab write it.",
)(
    Import(
        (".onnx",),
        later("onnx_files.reader", "read_onnx"),
        begins=lambda head: head[:1] == b"\x08",  # the field with the version comes first
        has_network=True,
    )
)
IMPORTS.register(
    "safetensors",
    title="safetensors",
    help="Weights that FishLab or PyTorch saved. Those of PyTorch go into a template, matched by their shapes.",
)(
    Import(
        (".safetensors", ".pt", ".pth"),  # the last two to say how to save them otherwise
        later("weights_file", "read_weights"),
        begins=lambda head: head[8:9] == b"{",
    )
)
IMPORTS.register(
    "book",
    title="The book's pickle",
    aliases=("pickle", "pkl"),
    help="A file of the book, such as sample_weight.pkl, params.pkl or deep_convnet_params.pkl. Only arrays are read.",
)(
    Import(
        (".pkl", ".pickle"),
        later("book_pickle", "read_book"),
        begins=lambda head: head[:1] == b"\x80",  # protocol 2 or newer; older ones say nothing
    )
)
