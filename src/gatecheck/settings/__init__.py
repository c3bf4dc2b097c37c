"""Settings with places: YAML text to nodes, nodes to dataclasses, dataclasses to a JSON schema."""
