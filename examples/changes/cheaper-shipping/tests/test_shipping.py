from shop import shipping


def test_small_orders_pay_for_shipping():
    assert shipping.fee(4999) == 390


def test_large_orders_travel_free():
    assert shipping.fee(5000) == 0
