"""Verbs of the post office."""
