"""What a form held as it was sent: its fields in order, and the one file that may go along."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from allpath.web.refilling import Pairs

IN_PARTS: Final = "multipart/form-data"
FILE: Final = "file"
"""The name of the field of a file."""
_MOST_FIELDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """What was typed, by field, and the content of a file; its name is kept nowhere."""

    fields: dict[str, str]
    file: bytes | None


async def pairs_in(headers: Headers, body: bytes) -> Pairs:
    """The fields of a form that was sent, without a file; nothing where it cannot be read."""
    if not headers.get("content-type", "").startswith(IN_PARTS):
        try:
            return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        except (ValueError, UnicodeDecodeError):
            return ()

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        read = await MultiPartParser(
            headers, stream(), max_files=1, max_fields=_MOST_FIELDS
        ).parse()
    except MultiPartException:
        return ()
    pairs = [(name, text) for name, text in read.multi_items() if isinstance(text, str)]
    await read.close()
    return pairs


async def sent_in(request: Request) -> Sent:
    """What a form held, read once: a file that came along is closed again at once."""
    found: Sent | None = getattr(request.state, "sent", None)
    if found is None:
        async with request.form(max_fields=200) as form:
            fields = {name: text.strip() for name, text in form.items() if isinstance(text, str)}
            file = form.get(FILE)
            chosen = None
            if isinstance(file, UploadFile) and file.filename:
                chosen = await file.read()
            found = Sent(fields, chosen)
        request.state.sent = found
    return found


async def _file(request: Request) -> bytes | None:
    return (await sent_in(request)).file


AFile = Annotated[bytes | None, Depends(_file)]
"""The content of the file that came along with a form; None where none was chosen."""
