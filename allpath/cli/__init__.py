"""The command line: `allpath NOUN VERB`, an answer on stdout, everything else on stderr."""

from allpath.cli.app import main

__all__ = ["main"]
