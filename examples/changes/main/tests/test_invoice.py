from shop import invoice


def test_an_invoice_shows_prices_with_tax():
    assert invoice.line("tea", 1000) == "tea: 11.90"
