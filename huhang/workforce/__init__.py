"""People's time: forecast, staffing, shifts, breaks, portfolios, pay.

Not built yet; the room keeps its place in the house.
"""
