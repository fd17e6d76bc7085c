"""The tool shed: tools with no parcel word in them. Every room may use it; it knows no room."""
