"""Pure decisions about surveys and repeated contacts."""
