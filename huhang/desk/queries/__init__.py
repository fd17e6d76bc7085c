"""What the desk's screens show. One filter decides what a person sees: `tickets.visible`."""

from huhang.desk.queries.finding import find

__all__ = ["find"]
