"""EPCIS 2.0 JSON-LD: documents of partners read into scans, our scans told as events."""
