"""The panels of the window; each is a plain widget that stands in a dock."""
