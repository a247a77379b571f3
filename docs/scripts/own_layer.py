"""Train with a layer of one's own, which stands in swish.py, in place of every ReLU of a template."""

from pathlib import Path

from fishlab.core import LAYERS, find_template, fit
from fishlab.core.contract import check_layer
from fishlab.core.own_layers import load_layers

load_layers(Path(__file__).with_name("swish.py"))
broken = [verdict for verdict in check_layer("swish") if verdict.problem]
print(broken or "Swish keeps the contract.")

for kind in ("relu", "swish"):
    project = find_template("TwoLayerNet").item()
    layers = (LAYERS[kind].item.Spec() if layer.kind == "relu" else layer for layer in project.network.layers)
    result = fit(project.replace(network=project.network.with_layers(layers)), "digits", epochs=2)
    print(f"{LAYERS[kind].title:<6} {result.accuracy:.2%}")
