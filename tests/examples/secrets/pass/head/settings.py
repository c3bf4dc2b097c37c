import os

PASSWORD = os.environ["SHOP_PASSWORD"]
