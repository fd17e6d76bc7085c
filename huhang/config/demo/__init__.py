"""The simulated carrier: a believable month of an express network that does not exist.

`plan` says what happens, purely, from a seed and the present; `build` lets it happen through the rooms' own
verbs, so that every ticket, hit and figure is one that the house itself made.
"""
