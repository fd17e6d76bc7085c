"""Reads shaped for screens and API."""

from huhang.journey.queries.finding import find

__all__ = ["find"]
