"""`python -m core` is `isthmus`."""

from core.cli import main

main()
