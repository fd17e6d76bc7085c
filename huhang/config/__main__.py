"""`python -m huhang.config` is the `huhang` command."""

import sys

from huhang.config.cli import main

sys.exit(main())
