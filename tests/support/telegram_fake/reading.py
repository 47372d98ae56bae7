"""Reads the fields of a call from a form, a multipart form, JSON or the address.

It does not know what the fields mean.
"""

import json
from dataclasses import dataclass

from aiohttp import web
from aiohttp.web_request import FileField

from tests.support.telegram_fake.validation.method_fields import Kind, Takes
from tests.support.telegram_fake.validation.rules import Json, bad_request, strict


@dataclass(frozen=True)
class Upload:
    """A file that came with a call."""

    name: str
    content_type: str
    data: bytes


async def read_fields(request: web.Request) -> Json:
    """Gives the fields as they were written: texts, uploads, or values of a JSON body."""
    fields: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        if not isinstance(body, dict):
            raise bad_request("object expected")
        fields.update(body)
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, FileField):
                with value.file:
                    upload = Upload(value.filename, value.content_type, value.file.read())
                fields[name] = upload
            else:
                fields[name] = value
    return fields


def parse_fields(method: str, takes: Takes, raw: Json) -> Json:
    """Turns fields into values; refuses one that is unknown, missing or badly written."""
    parsed: Json = {}
    for name, value in raw.items():
        kind = takes.kind(name)
        if kind is None:
            raise strict(f"{method} does not take {name!r}, or this fake does not know it")
        parsed[name] = _value(name, kind, value)
    for name in takes.required:
        if parsed.get(name) in (None, ""):
            raise bad_request(_missing(name, takes.required[name]))
    return parsed


def _missing(name: str, kind: Kind) -> str:
    if name == "text":
        return "message text is empty"
    if kind == "file":
        return f"there is no {name} in the request"
    return f"{name} is empty" if name == "chat_id" else f'parameter "{name}" is required'


def _value(name: str, kind: Kind, value: object) -> object:
    if kind == "text":
        if not isinstance(value, str):
            raise bad_request(f'field "{name}" must be of type String')
        return value
    if kind == "file":
        return value
    if kind == "json":
        return _from_json(name, value)
    if kind == "bool":
        return _to_bool(name, value)
    try:
        return int(str(value))
    except ValueError:
        why = "chat not found" if kind == "chat" else f'field "{name}" must be of type Number'
        raise bad_request(why) from None


def _from_json(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        what = "reply keyboard markup" if name == "reply_markup" else name
        raise bad_request(f"can't parse {what} JSON object") from None


def _to_bool(name: str, value: object) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    if str(value).lower() not in words:
        raise strict(f"{name} is neither true nor false: {value!r}")
    return words[str(value).lower()]
