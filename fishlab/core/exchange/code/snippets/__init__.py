"""What files are put together from: classes and functions as they stand in the files.

FishLab reads the source of these modules and runs none of it: what a network uses is copied, and what that uses, in the
order in which it stands here. They are written for readers of the book: without type hints, the batch first, images
(N, C, H, W), nothing made fast at the price of being clear. Constants are placeholders, each file has its own.
"""
