"""What a person can send besides words: a voice message, a photo, a place, a poll.

The files are a few invented bytes; nothing could play or show them.
"""

from tests.support.telegram_fake.chats import StoredFile
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.validation.entities import commands_in
from tests.support.telegram_fake.validation.rules import Json


def _of(stored: StoredFile) -> Json:
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
    }


class Attachments:
    """The other half of `Participant`: each method sends one thing and gives the update's id."""

    _world: World
    user: Json

    def _send(self, content: Json) -> int:
        raise NotImplementedError

    def _file(self, folder: str, suffix: str, data: bytes, size: int | None = None) -> Json:
        return _of(self._world.store_file(folder, suffix, data, size))

    def _captioned(self, content: Json, caption: str | None) -> int:
        if caption:
            content["caption"] = caption
            if found := commands_in(caption):
                content["caption_entities"] = found
        return self._send(content)

    def voice(
        self,
        seconds: int = 3,
        caption: str | None = None,
        *,
        data: bytes = b"OggS a few invented bytes",
        size: int | None = None,
    ) -> int:
        """Sends a voice message; `size` in bytes may say that it is larger than `data`."""
        voice = self._file("voice", ".oga", data, size)
        return self._captioned(
            {"voice": {**voice, "duration": seconds, "mime_type": "audio/ogg"}}, caption
        )

    def photo(self, caption: str | None = None, album: str | None = None) -> int:
        """Sends a photo, which comes in two sizes, by itself or as one of an album."""
        sizes = [
            {
                **self._file("photos", ".jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" * times),
                "width": side,
                "height": side,
            }
            for times, side in ((1, 90), (9, 320))
        ]
        group = {"media_group_id": album} if album else {}
        return self._captioned({"photo": sizes, **group}, caption)

    def document(self, name: str = "letter.pdf", caption: str | None = None) -> int:
        """Sends a file."""
        document = self._file("documents", ".pdf", b"%PDF invented")
        return self._captioned(
            {"document": {**document, "file_name": name, "mime_type": "application/pdf"}}, caption
        )

    def sticker(self, emoji: str = "👍") -> int:
        """Sends a sticker."""
        sticker = self._file("stickers", ".webp", b"RIFF invented")
        return self._send(
            {
                "sticker": {
                    **sticker,
                    "type": "regular",
                    "width": 512,
                    "height": 512,
                    "is_animated": False,
                    "is_video": False,
                    "emoji": emoji,
                    "set_name": "Invented",
                }
            }
        )

    def video_note(self, seconds: int = 3) -> int:
        """Sends a round video."""
        note = self._file("video_notes", ".mp4", b"ftyp invented")
        return self._send({"video_note": {**note, "length": 240, "duration": seconds}})

    def location(self, latitude: float = 51.752, longitude: float = -1.258) -> int:
        """Sends a place: the middle of Oxford, if nothing else is said."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def contact(self, phone_number: str = "+441632960001") -> int:
        """Shares their own number: one of those set aside for fiction."""
        return self._send(
            {
                "contact": {
                    "phone_number": phone_number,
                    "first_name": self.user["first_name"],
                    "user_id": self.user["id"],
                }
            }
        )

    def poll(self, question: str = "Tea?", options: tuple[str, ...] = ("Yes", "No")) -> int:
        """Sends a poll."""
        answers = [
            {"text": text, "voter_count": 0, "persistent_id": str(number)}
            for number, text in enumerate(options)
        ]
        return self._send(
            {
                "poll": {
                    "id": str(self._world.random.getrandbits(60)),
                    "question": question,
                    "options": answers,
                    "total_voter_count": 0,
                    "is_closed": False,
                    "is_anonymous": True,
                    "type": "regular",
                    "allows_multiple_answers": False,
                    "allows_revoting": False,
                    "members_only": False,
                }
            }
        )

    def forward(self, text: str, *, said_by: str = "Somebody else") -> int:
        """Forwards what somebody else said, who hides their account."""
        origin = {
            "type": "hidden_user",
            "sender_user_name": said_by,
            "date": int(self._world.clock().timestamp()),
        }
        return self._send({"text": text, "forward_origin": origin})
