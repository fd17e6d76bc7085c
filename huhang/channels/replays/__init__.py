"""Real records of telephone calls, played again by a switch that speaks a true protocol."""
