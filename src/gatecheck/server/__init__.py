"""The repository that holds protected branches: what its hooks decide about a push, and how they are installed and looked at.

Nothing that was pushed is ever run. What cannot be told is refused.
"""
