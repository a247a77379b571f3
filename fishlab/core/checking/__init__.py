"""The gradient check: backpropagation against numerical differentiation, layer by layer (chapters 4.3 and 5.7.3).

    report = check_gradients(network.spec, network.arrays(), x, labels)
    print(report.culprits)

A wrong gradient spoils those of all layers before it, so that a check through the whole network alone says *that*
something is wrong and not *where*. Each layer is therefore checked by itself as well, with what it really gets to see:
`alone` says what is wrong with a layer, `network` what it learns from.
"""

from fishlab.core.checking.check import check_gradients
from fishlab.core.checking.report import Finding, GradientReport, Verdict
from fishlab.core.checking.slopes import Comparison

__all__ = ["Comparison", "Finding", "GradientReport", "Verdict", "check_gradients"]
