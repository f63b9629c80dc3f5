"""The embedded reference system: a real, small Aurora to integrate, laid out as a git repository and run on real ports.

`current/` and `peak/` are its files; they are copied out and never imported here.
"""
