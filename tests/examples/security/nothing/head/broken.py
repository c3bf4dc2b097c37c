print("a print of Python 2"
