from shop.basket import Basket


def test_a_basket_adds_up():
    basket = Basket()
    basket.add("tea", 1000)
    basket.add("cup", 500)
    assert basket.total() == 1785


def test_an_empty_basket_costs_nothing():
    assert Basket().total() == 0
