"""What is configuration and not code: presets, defaults and the generated schemas."""
