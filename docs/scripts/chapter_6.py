"""Chapter 6.1: four optimizers on the same network of five layers, from the same weights, over the same batches."""

from fishlab.core import OPTIMIZERS, fit

RATES = {"sgd": 0.01, "momentum": 0.01, "adagrad": 0.01, "adam": 0.001}

for kind, rate in RATES.items():
    optimizer = OPTIMIZERS[kind].item.Spec(learning_rate=rate)
    result = fit("5x100", "digits", epochs=1, optimizer=optimizer)
    loss = result.history.steps.column("loss")[-50:].mean()
    print(f"{OPTIMIZERS[kind].title:<9} loss {loss:.3f} after {len(result.history.steps)} steps, {result.accuracy:.2%}")
