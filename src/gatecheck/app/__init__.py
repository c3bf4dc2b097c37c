"""Composition: the one flow that every door asks for."""

from gatecheck.app.flow import Judgement, Question, judge
from gatecheck.app.law import FILE, judging_policy

__all__ = ["FILE", "Judgement", "Question", "judge", "judging_policy"]
