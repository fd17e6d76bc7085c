"""Who answers: liability, incentives, interviews, commitments, trace orders.

Not built yet; the room keeps its place in the house.
"""
