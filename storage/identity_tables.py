"""The tables of who a path belongs to: sealed, with the keys and the search tokens apart from it.

No name and no number of a patient stands here in clear. A person is one ciphertext under a key of
their own; without the row in `person_key` nobody can read it, and so an identity is erased. What a
search compares are keyed tokens: without the search key they say nothing but how many are alike.
The keys leave the database in the key file of a backup alone.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from sqlalchemy import Index
from sqlmodel import SQLModel

from storage.columns import CLUSTERED, check, of_path, whole, words

KEYS: Final = ("person_key", "search_key")
"""The tables that a backup leaves out; their rows go into a file of their own."""


class PersonRow(SQLModel, table=True):
    """Who a path belongs to, sealed; nothing is left of an identity that was erased.

    `likeness` is a token that people have in common whose names are easily mistaken.
    """

    __tablename__: ClassVar[Any] = "person"  # Any: the base class declares it as an attribute
    __table_args__ = (
        check("person_sealed_or_erased", "(length(sealed) = 0) = (erased_at IS NOT NULL)"),
        Index("person_likeness", "likeness"),
        CLUSTERED,
    )

    path_id: str = of_path(primary_key=True)
    sealed: str = words()
    erased_at: int | None = whole()
    likeness: int | None = whole()


class IdentifierRow(SQLModel, table=True):
    """The token of one number of a person in one system; nobody else has it."""

    __tablename__: ClassVar[Any] = "identifier"
    __table_args__ = (
        check("identifier_given", "length(system) >= 1 AND length(token) = 32"),
        Index("identifier_of_path", "path_id"),
        CLUSTERED,
    )

    token: str = words(primary_key=True)
    system: str = words(primary_key=True)
    path_id: str = of_path()


class NameTokenRow(SQLModel, table=True):
    """The token of three letters of a name, or of how one of its words begins."""

    __tablename__: ClassVar[Any] = "name_token"
    __table_args__ = (CLUSTERED,)

    token: int = whole(primary_key=True)
    path_id: str = of_path(primary_key=True)


class PersonKeyRow(SQLModel, table=True):
    """The key of one person, 64 hexadecimal characters; to remove it is to erase the identity."""

    __tablename__: ClassVar[Any] = "person_key"
    __table_args__ = (check("person_key_length", "length(key) = 64"), CLUSTERED)

    path_id: str = of_path(primary_key=True)
    key: str = words()


class SearchKeyRow(SQLModel, table=True):
    """The one key that every token of a search is made with, 64 hexadecimal characters."""

    __tablename__: ClassVar[Any] = "search_key"
    __table_args__ = (
        check("search_key_single", "number = 1"),
        check("search_key_length", "length(key) = 64"),
        CLUSTERED,
    )

    number: int = whole(primary_key=True)
    key: str = words()
