"""Vendors: one folder each, with one class that satisfies `rules.gateway.Gateway`. They know no database."""
