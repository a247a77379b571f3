"""Train a network, ask how good it is, use it, keep it: five lines."""

from fishlab.core import fit

result = fit("SimpleConvNet", "digits", epochs=1)  # "mnist" for the real ones
print(f"{result.accuracy:.2%} of the test images are right. {result.text}")
print("It sees", result.classify(result.data.test.images[:10]), "in", result.data.test.labels[:10])
result.save("first.fishlab")  # the window opens it, and so does “fishlab evaluate first.fishlab”
