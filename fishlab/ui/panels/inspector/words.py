"""Words and formulas that the core does not hold because only the inspector says them."""

from fishlab.ui.widgets.formula_box import FormulaRow

# Texts of choices that have to fit into a narrow field.
SHORT_CHOICES = {"auto": "Automatic", "standard": "mean 0, std 1"}

LOSS_FORMULAS = {
    "softmax_cross_entropy": (
        FormulaRow("y", "exp s", "Σ exp s", general=True),
        FormulaRow("L", "− log y", "", "of the right class"),
    ),
    "squared_error": (FormulaRow("L", "1", "2", "Σ (y − t)²", general=True),),
}
