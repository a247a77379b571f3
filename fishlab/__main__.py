"""`python -m fishlab` is the same as `fishlab`."""

import sys

from fishlab.cli import main

if __name__ == "__main__":
    sys.exit(main())
