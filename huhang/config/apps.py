from django.apps import AppConfig


class FrontDoorConfig(AppConfig):
    """The front door has commands of its own, and no tables."""

    name = "huhang.config"
    label = "config"
