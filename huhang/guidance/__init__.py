"""What to say and do: strategies, scenarios, articles, replies, penalty book.

Not built yet; the room keeps its place in the house.
"""
