"""Foreign process logs read as cases: pure parsing, so that a log can be lived through again at our own desk."""
