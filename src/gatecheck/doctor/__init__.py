"""Whether what the policy asks for is really on, here: looked at, and tried."""
