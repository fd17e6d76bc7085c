"""The verbs of the ground. `by` is the person who acts, or None for the machine's own operator (commands, packs)."""
