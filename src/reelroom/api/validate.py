"""From a JSON object to a validated request, or one refusal that names every wrong place."""

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reelroom.api.codes import Code, RefusedError
from reelroom.api.effect import prune
from reelroom.api.fields import NOT_ALLOWED, Fields
from reelroom.api.start_models import DAY_S, StartRecord
from reelroom.api.start_rules import Problem, problems, too_long, unsupported

MOST_NAMED = 5

Model = TypeVar("Model", bound=Fields)


def read_start(body: dict[str, Any], max_record_s: int = DAY_S) -> StartRecord:
    """A StartRecord we can do. `max_record_s`: the longest MaxRecordTime. Raises RefusedError."""
    request = read(StartRecord, prune(body))
    refuse_any([*problems(request), *too_long(request, max_record_s)])
    refuse_any(unsupported(request))
    return request


def read(model: type[Model], body: dict[str, Any]) -> Model:
    """A request by the shape of its fields. Raises RefusedError naming path, what came and what is allowed."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        refuse_any(map(_problem, error.errors(include_url=False)))
        raise  # unreachable: a ValidationError has errors


def refuse_any(found: Iterable[Problem]) -> None:
    """Raise RefusedError if there is any problem."""
    named = [f"{path}: {words}" for path, words in found]
    more = len(named) - MOST_NAMED
    if named:
        tail = [f"and {more} more"] if more > 0 else []
        raise RefusedError(Code.INVALID_INPUT, "; ".join([*named[:MOST_NAMED], *tail]))


def _problem(error: ErrorDetails) -> Problem:
    words = error["msg"] if error["type"] == NOT_ALLOWED else "is missing"
    return _path(error["loc"]), words


def _path(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".") or "body"
