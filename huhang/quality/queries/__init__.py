"""Reads of surveys and contacts, shaped for screens."""
