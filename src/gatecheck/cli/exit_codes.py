"""What every command's exit code means, as the help and the documentation say it."""

from __future__ import annotations

EXIT_CODES = """\b
Exit codes, the same for every command:
  0    pass: everything that the policy asks for was examined and is well
  1    fail: the change brings something that blocks
  2    the arguments, the repository or the policy are wrong
  3    waiting for a human
  4    could not tell: a tool broke, nothing was examined, or gatecheck crashed
  130  interrupted
"""
