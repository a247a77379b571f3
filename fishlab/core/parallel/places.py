"""Where things stand in the rows of the board that hold single numbers."""

# The orders, whole numbers that the lead writes while all others wait. A step counts images of the epoch from FIRST.
PHASE, STEP, FIRST, COUNT, NEXT, NEXT_COUNT, OPTIMIZER_STEPS = range(7)

# The phases of a step; without clipping nobody measures.
GRADIENT, MEASURE, UPDATE = range(3)

# The settings: they may be others in every step. From LIVE on stand the optimizer's own.
FACTOR, CLIP, DECAY, LIVE = range(4)

# What a worker found.
LOSS, CORRECT, TOTAL, SQUARES = range(4)
