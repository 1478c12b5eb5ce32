"""Say, between the readers of image kinds, that bytes are not what they claim."""


class Unreadable(Exception):  # noqa: N818 (a state of the bytes; `image` turns it into a TextureError with the scan's name)
    """These bytes are no image of the kind they claim to be; the message says why."""
