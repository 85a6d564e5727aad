"""`python -m compat` is `isthmus`."""

from compat.cli import main

main()
