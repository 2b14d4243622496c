"""`python -m app` is the `bichat` command."""

from app.cli import main

main()
