"""What a bot sent, read strictly: each parameter is taken once, and what nobody took is known."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from tradelatch.exchanges.kit.forms import parse_form, parse_json_texts
from tradelatch.exchanges.protocol import Reason, Refusal
from tradelatch.model.http import Request
from tradelatch.model.intents import Parameters
from tradelatch.model.money import BadAmount, parse_amount

_T = TypeVar("_T")

_PLAIN = re.compile(r"[A-Za-z0-9._:,/@+~ |*=&()-]{1,400}", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9._:/@|~+=-]{1,128}", re.ASCII)
_SHOWN = 60
_MOST_NAMED = 10
"""Parameters that are named one by one: a request could have thousands."""
_MOST_ROWS = 100
"""No exchange takes more orders or ids at once."""


class Sent:
    """The parameters of a request, or of one order in it.

    Numbers are texts, as they were written. Whoever reads takes what he understands: `rest` tells
    what was left.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, name: str) -> Any:
        """Whatever was sent by that name; None if nothing was, or null."""
        return self._values.pop(name, None)

    def drop(self, name: str, *words: str) -> None:
        """Take what says no more than if nothing was sent."""
        if self._values.get(name) in words:
            self.take(name)

    def without_empty(self) -> "Sent":
        """The same without what is null or an empty text, where the exchange takes that for
        nothing."""
        return Sent(
            {name: value for name, value in self._values.items() if value not in ("", None)}
        )

    def with_common(self, common: Mapping[str, str]) -> "Sent":
        """The same with what all rows of a list have in common.

        Raises:
            Refusal: BAD_PARAMETER, this row says otherwise.
        """
        for name, value in common.items():
            if self._values.get(name, value) != value:
                raise _bad(name, "the list says one thing and an order in it another")
        return Sent({**common, **self._values})

    def text(self, name: str, pattern: re.Pattern[str] = _PLAIN) -> str | None:
        """A text (or number), None if none was sent.

        Raises:
            Refusal: BAD_PARAMETER, it is something else or not of that form.
        """
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise _bad(name, f"{str(value)[:_SHOWN]!r} is not of the form it has to have")
        return value

    def need(self, name: str, pattern: re.Pattern[str] = _PLAIN) -> str:
        """A text that has to be there.

        Raises:
            Refusal: BAD_PARAMETER, it is missing or not of that form.
        """
        value = self.text(name, pattern)
        if value is None:
            raise _bad(name, "it was not sent")
        return value

    def id(self, name: str) -> str | None:
        """The id of an order, None if none was sent; an empty text is none.

        Raises:
            Refusal: BAD_PARAMETER, it is none that could be written anew.
        """
        if self._values.get(name) == "":
            self.take(name)
        return self.text(name, _ID)

    def word(self, name: str, words: Mapping[str, _T]) -> _T | None:
        """What one of some words means, None if none was sent.

        Raises:
            Refusal: BAD_PARAMETER, it is another word.
        """
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, str) or value not in words:
            raise _bad(name, f"{str(value)[:_SHOWN]!r} is none of {', '.join(words)}")
        return words[value]

    def need_word(self, name: str, words: Mapping[str, _T]) -> _T:
        """The same of a word that has to be there.

        Raises:
            Refusal: BAD_PARAMETER, it is missing or another word.
        """
        if self._values.get(name) is None:
            raise _bad(name, "it was not sent")
        value = self.word(name, words)
        assert value is not None
        return value

    def amount(self, name: str) -> Decimal | None:
        """An amount above zero, None if none was sent.

        Raises:
            Refusal: BAD_PARAMETER, it is no plain decimal number, or zero.
        """
        value = self.take(name)
        if value is None:
            return None
        try:
            amount = parse_amount(value if isinstance(value, str) else "")
        except BadAmount as error:
            raise _bad(name, str(error)) from None
        if not amount:
            raise _bad(name, "it has to be more than zero")
        return amount

    def flag(self, name: str) -> bool:
        """True or false, false if nothing was sent.

        Raises:
            Refusal: BAD_PARAMETER, it is something else.
        """
        value = self.take(name)
        if value not in (None, True, False, "true", "false"):
            raise _bad(name, "use true or false")
        return value in (True, "true")

    def rows(self, name: str) -> list["Sent"]:
        """A list of objects.

        Raises:
            Refusal: BAD_PARAMETER, it is something else, empty, or longer than 100.
        """
        value = self._list(name, "orders")
        if not all(isinstance(row, dict) for row in value):
            raise _bad(name, "each of the list has to be an object")
        return [Sent(row) for row in value]

    def ids(self, name: str) -> list[str]:
        """A list of ids.

        Raises:
            Refusal: BAD_PARAMETER, it is something else, empty, or longer than 100.
        """
        value = self._list(name, "ids")
        if not all(isinstance(one, str) and _ID.fullmatch(one) for one in value):
            raise _bad(name, "each of the list has to be an id")
        return value

    def _list(self, name: str, of: str) -> list[Any]:
        value = self.take(name)
        if not isinstance(value, list) or not 0 < len(value) <= _MOST_ROWS:
            raise _bad(name, f"use a list of 1 to {_MOST_ROWS} {of}")
        return value

    def inner(self, name: str) -> "Sent | None":
        """An object within, None if none was sent.

        Raises:
            Refusal: BAD_PARAMETER, it is something else.
        """
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _bad(name, "use an object")
        return Sent(value)

    def understood(self, names: tuple[str, ...]) -> Parameters:
        """Those of the names that were sent, as texts to be written anew.

        Raises:
            Refusal: BAD_PARAMETER, one is no plain text or number.
        """
        texts = ((name, self._plain(name)) for name in names)
        return tuple((name, text) for name, text in texts if text is not None)

    def _plain(self, name: str) -> str | None:
        value = self._values.get(name)
        if isinstance(value, bool):
            self.take(name)
            return "true" if value else "false"
        return self.text(name)

    @property
    def rest(self) -> tuple[str, ...]:
        """What nobody took, as it stands in an order that has more than is understood."""
        named = tuple(f"parameter {name[:_SHOWN]!r}" for name in [*self._values][:_MOST_NAMED])
        more = len(self._values) - _MOST_NAMED
        return named if more <= 0 else (*named, f"{more} more parameters")

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            Refusal: BAD_PARAMETER, something is.
        """
        if self._values:
            raise Refusal(Reason.BAD_PARAMETER, f"{self.rest[0]} is not known here")


def check_place(request: Request) -> None:
    """Of exchanges that look for parameters in one place: those of GET and DELETE stand in the
    query, those of other methods in a body of JSON. What stands elsewhere an exchange would not
    see, and who sees less of a cancel cancels more.

    Raises:
        Refusal: BAD_PARAMETER, some stand elsewhere.
    """
    if request.method in ("GET", "DELETE"):
        if request.body:
            raise Refusal(Reason.BAD_PARAMETER, f"a {request.method} has no body here")
    elif request.query or (request.body and request.body[:1] not in (b"{", b"[")):
        raise Refusal(Reason.BAD_PARAMETER, "send all parameters in a body of JSON")


def sent_by(request: Request, named: Mapping[str, str]) -> Sent:
    """All that a request says, in its path, its query and its body (a form or JSON, by its first
    letter). A body that is a JSON list is under the name ``[]``.

    Raises:
        Refusal: BAD_PARAMETER, it is not of such a form, or says something twice.
    """
    values: dict[str, Any] = dict(named)
    for part in (parse_form(request.query), _body(request)):
        if twice := values.keys() & part.keys():
            raise _bad(min(twice), "it was sent twice")
        values |= part
    return Sent(values)


def _body(request: Request) -> dict[str, Any]:
    body = request.body
    if body[:1] not in (b"{", b"["):
        return dict(parse_form(body.decode("latin-1")))
    try:
        found = parse_json_texts(body)
    except ValueError as error:
        raise Refusal(
            Reason.BAD_PARAMETER, f"the body is no JSON that is read here: {error}"
        ) from None
    return found if isinstance(found, dict) else {"[]": found}


def _bad(name: str, why: str) -> Refusal:
    return Refusal(Reason.BAD_PARAMETER, f"parameter {name[:_SHOWN]!r}: {why}")
