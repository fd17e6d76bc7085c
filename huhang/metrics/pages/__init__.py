"""Doors of the yardstick: the live board, its exports, and the numbers for Prometheus."""
