"""How a room announces itself to Django: its doors for facts and numbers are opened when it is ready."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

# Modules whose import registers something (jobs, listeners, measures, ticks, importers, doctor checks).
REGISTERING = ("listeners", "tasks", "measures")


class RoomConfig(AppConfig):
    """A room of the house; importing its registering modules is all that `ready` does."""

    default_auto_field = "django.db.models.BigAutoField"
    # Django looks for the one configuration in a room's `apps.py`, where this class is imported too.
    default = False

    def __init_subclass__(cls) -> None:
        cls.default = True

    def ready(self) -> None:
        for name in REGISTERING:
            if find_spec(f"{self.name}.{name}"):
                import_module(f"{self.name}.{name}")
