"""Pictures without a window: a sheet of boxes, lines and texts as plain data, and what turns it into SVG or pixels."""
