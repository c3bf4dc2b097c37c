"""Composition: the one flow that every door asks for."""

from gatecheck.app.boundaries import check, install, law_for_hooks, refresh
from gatecheck.app.flow import Judgement, Question, judge
from gatecheck.app.law import FILE, judging_policy
from gatecheck.app.start import Started, start

__all__ = [
    "FILE",
    "Judgement",
    "Question",
    "Started",
    "check",
    "install",
    "judge",
    "judging_policy",
    "law_for_hooks",
    "refresh",
    "start",
]
