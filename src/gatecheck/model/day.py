"""Days on which something ends: how they are written, and when they are over. All of them are in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def day(text: str) -> str:
    """Return a day that is written as `2027-01-31`. Raises ValueError for every other text."""
    try:
        written: str | None = datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        written = None
    if written != text:  # fromisoformat also takes 20270131 and 2027-W04-7
        raise ValueError(f"{text!r} is not a day: write it as 2027-01-31")
    return text


def over(last: str) -> float:
    """Return when a last day is over, in seconds since 1970."""
    return datetime.fromisoformat(last).replace(tzinfo=UTC).timestamp() + timedelta(days=1).total_seconds()


def day_of(time: float, *, later: int = 0) -> str:
    """Return the day of a time in seconds since 1970, or one that is some days later."""
    return (datetime.fromtimestamp(time, UTC) + timedelta(days=later)).date().isoformat()
