"""`python -m huhang.config` is the `huhang` command."""

from huhang.config.cli import main

main()
