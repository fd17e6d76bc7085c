"""Vendors in small: real servers on this machine that speak the true protocols."""
