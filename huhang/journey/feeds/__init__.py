"""Foreign words and payloads, brought into canonical codes: readers of packs and of tracking answers."""
