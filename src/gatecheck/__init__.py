"""gatecheck decides whether a change may enter a protected branch, and proves what it checked."""

__version__ = "0.1.0"
