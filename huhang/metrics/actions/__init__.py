"""Verbs of the yardstick: count, settle what was counted, keep definitions."""
