"""Hand experiments: a network, a function or a digit to play with."""
