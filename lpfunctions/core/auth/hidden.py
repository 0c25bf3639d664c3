"""A text that no repr shows."""

from __future__ import annotations


class Hidden:
    """Holds a secret for `credentials`, which show it to others as a ``pydantic.SecretStr``.

    That class comes with half of pydantic, a fifth of the time to the first response.

    Attributes:
        text: the secret.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: str = text

    def __repr__(self) -> str:
        return "Hidden('**********')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hidden) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)
