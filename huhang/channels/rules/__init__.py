"""What a message may become, what a gateway is, and what a short reply means."""
