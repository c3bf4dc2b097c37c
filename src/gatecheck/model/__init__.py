"""The nouns: what a change is, what a gate may say about it, and how verdicts add up. No I/O, no clock."""

from gatecheck.model.answer import (
    Answer,
    Effect,
    Examined,
    Finding,
    Measurement,
    NotApplicable,
    Outcome,
    Rule,
    Verdict,
    worst,
)
from gatecheck.model.change import Change, ChangedPath, Globs, LineRange, Side, ranges
from gatecheck.model.gate import Completed, Environment, Gate, Memory, Python, Wanted, Workspace, option
from gatecheck.model.policy import Node, Place, Policy, Problem
from gatecheck.model.report import Begun, Ended, Event, Law, Listener, Report, Result, Said, Step, Waiver

__all__ = [
    "Answer",
    "Begun",
    "Change",
    "ChangedPath",
    "Completed",
    "Effect",
    "Ended",
    "Environment",
    "Event",
    "Examined",
    "Finding",
    "Gate",
    "Globs",
    "Law",
    "LineRange",
    "Listener",
    "Measurement",
    "Memory",
    "Node",
    "NotApplicable",
    "Outcome",
    "Place",
    "Policy",
    "Problem",
    "Python",
    "Report",
    "Result",
    "Rule",
    "Said",
    "Side",
    "Step",
    "Verdict",
    "Waiver",
    "Wanted",
    "Workspace",
    "option",
    "ranges",
    "worst",
]
