"""The customer's case: tickets, clocks, steps, the do-it-now window, the SOS wall, the customer's progress page."""
