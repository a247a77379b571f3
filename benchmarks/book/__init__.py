"""The book's claims that a training has to prove, each run with several seeds on MNIST: `python -m benchmarks.book`."""
