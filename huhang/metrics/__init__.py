"""The yardstick: measures counted once per fact, per minute and org path; KPIs with id, formula and version; the live board."""
