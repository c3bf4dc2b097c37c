import pytest

from gatecheck.model import day, day_of, over

NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z


def test_a_day_is_over_at_the_midnight_after_it():
    assert over("2025-12-31") <= NOON < over("2026-01-01")
    assert over("2026-01-01") - NOON == 12 * 3600


def test_the_day_of_a_time_is_that_of_utc():
    assert day_of(NOON) == "2026-01-01"
    assert day_of(NOON, later=365) == "2027-01-01"
    assert day_of(over("2026-01-01")) == "2026-01-02"


@pytest.mark.parametrize("text", ["20270131", "2027-W04-7", "2027-02-30", "tomorrow", "", "2027-01-31T10:00"])
def test_a_day_is_written_in_one_way(text):
    with pytest.raises(ValueError, match="write it as 2027-01-31"):
        day(text)


def test_a_good_day_is_itself():
    assert day("2027-01-31") == "2027-01-31"
