"""Say, between the readers of image kinds, that bytes are not what they claim."""

from __future__ import annotations

from pipeline.messages import Message


class Unreadable(Exception):  # noqa: N818 (a state of the bytes; `image` turns it into a TextureError with the scan's name)
    """These bytes are not an image of the kind that they claim to be.

    cause : why
    """

    def __init__(self, cause: Message) -> None:
        """Keep the cause."""
        self.cause = cause
        super().__init__(cause)
