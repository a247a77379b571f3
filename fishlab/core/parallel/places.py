"""Where things stand in the rows of the board that hold single numbers."""

# The orders, whole numbers that the lead writes while all others wait. A step counts images of the epoch from FIRST.
PHASE, STEP, FIRST, COUNT, NEXT, NEXT_COUNT, OPTIMIZER_STEPS = range(7)

# The phases of a step.
GRADIENT, UPDATE = range(2)

# What a worker found.
LOSS, CORRECT, TOTAL = range(3)
