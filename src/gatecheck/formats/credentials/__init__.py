"""What secrets look like: the forms of tokens and keys, what passwords are assigned to, and the names of files that hold them.

The hook and the gate both look with these, so that what one refuses the other finds. Only the standard library is needed.
"""
