"""The frame of a NumPy file: what a layer is, and the network."""


class Layer:
    """What layers have in common: `params` they learn, and as many `grads`, which `backward` fills."""

    params, grads = (), ()


def run(layers, x, train_flg):
    """x through the layers, one after the other."""
    for layer in layers:
        x = layer.forward(x, train_flg)
    return x


def run_back(layers, dout):
    """The gradient through the layers, from the last to the first."""
    for layer in reversed(layers):
        dout = layer.backward(dout)
    return dout


class Network:
    """Layers in a row and a loss at the end; `params` and `grads` have every array by its name, such as W1."""

    def __init__(self, params, layers, last_layer):
        self.params, self.layers, self.last_layer = params, layers, last_layer
        names = {id(array): name for name, array in params.items()}
        pairs = [pair for layer in layers for pair in zip(layer.params, layer.grads, strict=True)]
        self.grads = {names[id(param)]: grad for param, grad in pairs}

    def predict(self, x, train_flg=False):
        """Images (N, ...) as they are learned from -> scores (N, classes)."""
        return run(self.layers, x, train_flg)

    def loss(self, x, t, train_flg=False):
        """How far the scores are from the labels t (N,)."""
        return self.last_layer.forward(self.predict(x, train_flg), t)

    def gradient(self, x, t):
        """The gradient of the loss by backpropagation (chapter 5.7): an array for every name that is learned."""
        self.loss(x, t, train_flg=True)
        run_back(self.layers, self.last_layer.backward())
        return self.grads
