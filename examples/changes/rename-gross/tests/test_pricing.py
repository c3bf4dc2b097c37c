import pytest

from shop import pricing


def test_tax_is_added_and_rounded():
    assert pricing.with_tax(999) == 1189


def test_a_discount_is_taken_off():
    assert pricing.discount(1000, 25) == 750


def test_a_discount_of_more_than_everything_is_refused():
    with pytest.raises(ValueError, match="percentage"):
        pricing.discount(1000, 101)
