"""Composition: the one flow (`flow`), the law that it follows (`law`), and what stands before it (`boundaries`, `start`)."""
