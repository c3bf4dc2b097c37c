"""What a commit message says, and what a policy asks of it. Nothing in here imports anything but what Python starts with."""
