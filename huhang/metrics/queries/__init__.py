"""Reads of the yardstick: figures over time and units, and the board made of them."""
