"""The stepper's view: a rail of steps, the tensors of one of them side by side, and the sum behind every number."""
