"""How a column or a table is declared, the same for every table and on every database."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, Text
from sqlmodel import Field

BIG: Final = BigInteger().with_variant(Integer, "sqlite")
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts sort by their code points on every database, as they do in Python."""
CLUSTERED: Final = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Rows lie in the order of their key, so that those of one path are neighbours."""
APPENDED: Final = {"sqlite_strict": True}
"""Rows lie in the order they came."""


def words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    """A column of text."""
    return Field(sa_type=TEXT, **options)


def whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    """A column of whole numbers."""
    return Field(sa_type=BIG, **options)


def refers(column: str, kind: Any = TEXT, **options: Any) -> Any:  # noqa: ANN401 - see above
    """A column that refers to a column of another table, as `table.column`."""
    return Field(sa_type=kind, sa_column_args=(ForeignKey(column),), **options)


def of_path(**options: Any) -> Any:  # noqa: ANN401 - see above
    """The column of the path that a row belongs to."""
    return refers("path.path_id", **options)


def check(name: str, rule: str) -> CheckConstraint:
    """What each row must satisfy."""
    return CheckConstraint(rule, name=name)


def one_of(name: str, column: str, values: tuple[str, ...]) -> CheckConstraint:
    """The column holds one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return check(name, f"{column} IN ({listed})")
