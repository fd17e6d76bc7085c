"""`python -m tests.faults.stage`: make an installation in $HUHANG_VAR with the cast in it; prints an API token."""

import os

import django

from huhang.config import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huhang.config.settings")
    embedded.ensure_running(embedded.var_dir())
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from huhang.network.actions import people
    from tests.cast import assemble

    (embedded.var_dir() / "static").mkdir()
    call_command("migrate", verbosity=0, interactive=False)
    assemble()
    print(people.issue_token(username="hua", name="faults", days=1, by=None, now=timezone.now()))


if __name__ == "__main__":
    main()
