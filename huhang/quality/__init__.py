"""Did we do well: surveys, inspections, exams, rectification, voice.

Not built yet; the room keeps its place in the house.
"""
