"""The book's experiments by hand, chapter by chapter: NumPy, no window, numbers that can be followed on paper.

    from fishlab.core.book import XOR, truth_table
    truth_table(XOR)                                        # (0, 1, 1, 0)

Chapter 2: gates. 3: functions, forward_pass, preparing. 4: losses, one_weight, differentiation, simple_net.
5: graph, operations, graphs, stepping. 6: landscapes, walks, inside. 7: unfolding, convolution. 8: depth.
"""

from fishlab.core.book.convolution import (
    compare_convolutions,
    convolve_unfolded,
    convolve_with_loops,
    pool,
    shifted,
)
from fishlab.core.book.depth import Window, receptive_field, receptive_fields, weights
from fishlab.core.book.differentiation import arrows, bowl, forward_difference, gradient_descent, numerical_diff
from fishlab.core.book.forward_pass import Dense, as_one, forward, three_layer_net
from fishlab.core.book.functions import (
    ACTIVATIONS,
    activation,
    activation_kinds,
    by_layer,
    identity,
    relu,
    sigmoid,
    softmax,
    softmax_slope,
    step,
    tanh,
)
from fishlab.core.book.gates import AND, NAND, OR, XOR, Gate, TwoLayers, learned, perceptron_rule, plane, truth_table
from fishlab.core.book.graph import Graph, Node, backward_steps, forward_steps, leaf, node
from fishlab.core.book.graphs import GRAPHS
from fishlab.core.book.inside import activations, histogram
from fishlab.core.book.landscapes import LANDSCAPES, Landscape
from fishlab.core.book.losses import accuracy, cross_entropy, squared_error
from fishlab.core.book.one_weight import turn_one_weight
from fishlab.core.book.operations import OPERATIONS
from fishlab.core.book.preparing import batch_against_one_by_one, flattened, one_hot, scaled, standardized
from fishlab.core.book.simple_net import SimpleNet, book_net, compare_gradients
from fishlab.core.book.stepping import network_pass
from fishlab.core.book.unfolding import Unfolding, output_size
from fishlab.core.book.walks import CURVATURE_WALKS, bfgs, figure_spec, newton, optimizer_path, pure_newton

__all__ = [
    "ACTIVATIONS", "AND", "CURVATURE_WALKS", "GRAPHS", "LANDSCAPES", "NAND", "OPERATIONS", "OR", "XOR", "Dense",
    "Gate", "Graph", "Landscape", "Node", "SimpleNet", "TwoLayers", "Unfolding", "Window", "accuracy", "activation",
    "activation_kinds", "activations", "arrows", "as_one", "backward_steps", "batch_against_one_by_one", "bfgs",
    "book_net", "bowl", "by_layer", "compare_convolutions", "compare_gradients", "convolve_unfolded",
    "convolve_with_loops", "cross_entropy", "figure_spec", "flattened", "forward", "forward_difference",
    "forward_steps", "gradient_descent", "histogram", "identity", "leaf", "learned", "network_pass", "newton", "node",
    "numerical_diff", "one_hot", "optimizer_path", "output_size", "perceptron_rule", "plane", "pool", "pure_newton",
    "receptive_field", "receptive_fields", "relu", "scaled", "shifted", "sigmoid", "softmax", "softmax_slope",
    "squared_error", "standardized", "step", "tanh", "three_layer_net", "truth_table", "turn_one_weight", "weights",
]
