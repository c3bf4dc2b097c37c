"""Running a test suite over a side, and holding two runs against each other: what the tests gate is made of."""
