"""The command line: parse, call app, render, exit."""

from gatecheck.cli.main import main

__all__ = ["main"]
