"""Verbs of surveys: each one transaction, safe to repeat."""
