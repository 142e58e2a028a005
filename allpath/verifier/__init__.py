"""Reads a database of Allpath without Allpath and says whether anything in it was rewritten.

Nothing of the other floors is imported here: what is checked was written down a second time, so
that one mistake cannot hide in both.
"""
