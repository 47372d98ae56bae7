"""Takes the file of a call, an upload or one that Telegram has, and refuses what Telegram refuses.

It does not fetch addresses, and it reads no picture but a PNG's size.
"""

import struct

from tests.support.telegram_fake.chats import StoredFile
from tests.support.telegram_fake.reading import Upload
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.validation.rules import Json, bad_request

MAX_PHOTO = 10_000_000  # "must be at most 10 MB in size"
MAX_FILE = 50_000_000  # "bots can currently send files of any type of up to 50 MB in size"
MAX_SIDES = 10_000  # "width and height must not exceed 10000 in total"
MAX_RATIO = 20  # "width and height ratio must be at most 20"
KINDS = {"photos": "Photo", "voice": "VoiceNote", "documents": "Document"}
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


def file_of(world: World, value: object, folder: str, suffix: str) -> Json:
    """What Telegram says of the file that `value` brings or names; a name is good for its kind."""
    if isinstance(value, Upload):
        if not value.data:
            raise bad_request("file must be non-empty")
        _check_size(value, folder)
        stored = world.store_file(folder, suffix, value.data, None)
    elif value in world.files:
        stored = world.files[str(value)]
        _check_kind(stored, folder)
    else:
        raise bad_request("wrong file identifier/HTTP URL specified")
    described: Json = {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
    }
    if folder == "photos":
        described["width"], described["height"] = _sides(stored.data)
    return described


def _check_size(upload: Upload, folder: str) -> None:
    most = MAX_PHOTO if folder == "photos" else MAX_FILE
    if len(upload.data) > most:
        what = "photo" if folder == "photos" else "file"
        raise bad_request(f"{what} is too big for a bot")  # our words
    if folder == "photos":
        width, height = _sides(upload.data)
        if width + height > MAX_SIDES or max(width, height) > MAX_RATIO * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _check_kind(stored: StoredFile, folder: str) -> None:
    kind = stored.path.partition("/")[0]
    if kind != folder:
        was = KINDS.get(kind, kind.title())
        raise bad_request(f"can't use file of type {was} as {KINDS[folder]}")


def _sides(data: bytes) -> tuple[int, int]:
    """The width and height of a picture; of a JPEG, which nothing here makes, only a guess."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data.startswith(_JPEG):
        return 320, 320
    raise bad_request("IMAGE_PROCESS_FAILED")
