"""The commands of the command line, one a file: each has `run(words) -> exit code` and parses its own words."""
