PRICES = {"tea": 4}
