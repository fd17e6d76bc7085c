"""The yardstick: facts counted once per minute and org path; figures with id, formula and version; the live board."""
