"""The yardstick's decisions: what a figure means, which span of time it covers, whether it is good."""
