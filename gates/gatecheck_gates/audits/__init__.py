"""What the dependencies gate is made of: what is listed, who is asked, what came back, and what of it is new."""
