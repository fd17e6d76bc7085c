"""Doors for people: the customer's page and ours."""
