"""What is said when the organisation's sign-in lets nobody in."""

from __future__ import annotations

from workflow.errors import NotPermittedError


class ProviderError(NotPermittedError):
    """The organisation's sign-in did not answer, or what it answered does not count.

    `why` is for whoever runs the installation: kinds and names alone, nothing of any person.
    """

    def __init__(self, msg: str, why: str) -> None:
        super().__init__(msg)
        self.why = why
