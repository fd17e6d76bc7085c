"""The front door: settings, urls, servers, the `huhang` command. It may import every room; no room imports it."""
