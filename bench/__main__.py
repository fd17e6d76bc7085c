"""`python -m bench [name …]`: run all measurements, or some. Files with a `main` are measurements."""

import sys
from importlib import import_module
from pathlib import Path

from bench.report import print_all


def main(names: list[str]) -> None:
    here = Path(__file__).parent
    known = sorted(
        p.stem for p in here.glob("*.py") if "\ndef main(" in p.read_text() and p.stem != "__main__"
    )
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"no such measurement: {', '.join(sorted(unknown))} (there are: {', '.join(known)})")
    for name in names or known:
        import_module(f"bench.{name}").main()
    if len(names or known) > 1:
        print_all(names or known)


if __name__ == "__main__":
    main(sys.argv[1:])
