"""The ways to write each digit, set down by hand.

Each family starts with its digit, its weight among the families of that digit, and its name. Then one skeleton a line:
points ``x,y`` in hundredths of a unit square, x to the right and y down, in the order in which a pen passes them. ``!``
after a point marks a sharp corner, ``|`` lifts the pen. A family gathers skeletons with the same strokes, number of
points and corners, so that any two of them can be mixed point by point; another topology (a loop, a foot, a lifted pen)
is another family.
"""

SKELETONS = """
0 weight 3: closed
    50,0  22,12  6,40  12,76  42,100  76,88  96,54  84,16  50,0
    54,0  20,8   2,40  10,80  46,100  82,84  98,50  88,12  54,0
    46,2  18,20  8,52  20,84  50,100  80,80  92,46  80,14  46,2

0 weight 2: overlapping
    66,10  40,0  12,18  2,54  18,90  54,100  88,78  98,38  78,8  46,4
    74,12  46,0  14,20  4,58  24,94  58,98   88,72  94,34  72,4  40,8

1 weight 3: plain
    52,0  51,33  49,66  48,100
    46,0  50,33  52,66  52,100

1 weight 1: flag
    24,26  42,14  56,0!  55,33  54,66  54,100
    30,20  44,12  56,0!  55,33  54,66  52,100

2 weight 3: angular
    8,24   28,4  60,0  86,18  82,42  52,70  8,98!   50,97  96,96
    4,18   30,2  64,2  84,22  74,48  42,74  6,100!  52,96  98,94

2 weight 2: loop at the foot
    10,22  34,2  70,4  84,28  66,58  34,86  12,96  6,84   24,78  56,92  98,94
    6,20   30,0  68,2  86,26  70,56  36,84  16,98  4,88   22,76  54,88  96,98

3 weight 3: cornered waist
    10,12  40,0  76,8   78,30  38,46!  76,54  92,76  66,98  30,100  4,86
    6,16   36,0  74,4   80,28  42,44!  80,56  88,80  60,100  26,98  6,82

4 weight 3: open, angular
    20,0  14,28  8,56!  48,54  92,50 | 70,4  68,36  66,68  64,100
    12,4  8,30   6,58!  46,58  96,54 | 78,0  74,34  70,66  68,100

5 weight 3: hat as a second stroke
    24,4  20,24  16,44!  50,36  84,52  82,82  48,100  8,92 | 24,4  56,2  92,0
    28,2  22,22  16,42!  54,40  86,60  74,90  40,100  6,88 | 28,2  60,4  96,2

6 weight 3: middle loop
    72,0  40,16  14,44  8,76  34,100  72,94  82,70  58,52  26,60  12,80
    64,0  34,20  12,48  10,80  40,100  76,90  80,66  54,52  24,64  14,84

7 weight 3: plain
    6,8   46,6  92,2!  74,32  56,64  44,100
    4,12  48,8  88,6!  72,36  52,66  36,100

8 weight 3: one stroke from the top right
    82,16  52,0  20,14  30,38  64,56  82,80  52,100  16,84  30,58  66,40  84,18  78,8
    86,20  60,0  26,8   26,34  62,54  80,78  50,100  14,88  24,62  62,44  88,24  80,10

9 weight 3: cornered
    82,14  50,0  16,14  10,38  38,50  72,36  84,10!  82,40  76,70  70,100
    80,16  54,0  18,10  8,34   32,50  68,40  82,12!  80,42  76,72  72,100

"""
