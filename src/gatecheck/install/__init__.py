"""Git's own hooks on this machine: installed beside those that are there, checked, and taken away again."""
