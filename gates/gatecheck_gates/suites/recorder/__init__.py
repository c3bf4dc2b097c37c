"""Programs that run inside the interpreter under test: they know nothing of gatecheck, and need only what they import."""
