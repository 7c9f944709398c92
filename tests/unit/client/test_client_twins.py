"""The blocking and the awaited client can do the same, and no text shows a secret."""

import inspect
import pickle

import pytest

from reelroom import client
from reelroom.client import AsyncClient, Client, operations
from reelroom.client.errors import ERROR_OF_CODE, ApiError, refusal
from reelroom.client.exchange import Answer, Credentials, Send

ACTIONS = [
    "start_record",
    "stop_record",
    "pause_record",
    "resume_record",
    "update_layout",
    "update_whiteboard",
    "take_snapshot",
    "describe_record_status",
    "describe_tasks",
    "call",
]


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_both_clients_have_the_same_methods() -> None:
    assert public(Client) == public(AsyncClient) == {*ACTIONS, "iter_tasks", "carry_out", "close"}


@pytest.mark.parametrize("name", ACTIONS)
def test_a_method_has_the_parameters_and_the_words_of_its_operation(name: str) -> None:
    asked = inspect.signature(getattr(operations, name)).parameters
    for kind in (Client, AsyncClient):
        method = getattr(kind, name)
        own, *rest = inspect.signature(method).parameters.values()
        assert own.name == "self"
        assert rest == list(asked.values())
        assert method.__doc__ == getattr(operations, name).__doc__
    assert inspect.iscoroutinefunction(getattr(AsyncClient, name))


def test_constructors_differ_in_how_they_sleep_only() -> None:
    blocking, awaited = (dict(inspect.signature(kind).parameters) for kind in (Client, AsyncClient))
    del blocking["sleep"], awaited["sleep"]
    assert blocking == awaited


def test_no_repr_shows_a_secret() -> None:
    shown = [
        repr(Client("http://127.0.0.1", app_id=1, server_secret="hush")),
        repr(AsyncClient("http://127.0.0.1", app_id=1, server_secret="hush")),
        repr(Credentials(1, "hush")),
        repr(Send({"Signature": "hush"}, b"hush")),
        repr(Answer(200, b"hush")),
        repr(client.AmazonS3(bucket="b", region="r", access_key_id="a", access_key_secret="hush")),
        repr(client.TencentVod(region="r", secret_id="a", secret_key="hush")),
    ]
    assert [text for text in shown if "hush" in text] == []


@pytest.mark.parametrize("code", [*ERROR_OF_CODE, 1])
def test_every_refusal_is_an_api_error_with_its_code_and_survives_pickling(code: int) -> None:
    error = refusal(code, "words", "7")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(error, ApiError)
    assert type(again) is type(error)
    assert (again.code, again.message, again.request_id, str(again)) == (code, "words", "7", f"words (code {code})")


def test_every_documented_code_has_an_error_of_its_own() -> None:
    from reelroom.api.codes import Code

    assert set(Code) - set(ERROR_OF_CODE) == {Code.OK}
    assert [code for code, kind in ERROR_OF_CODE.items() if kind is ApiError] == []


def test_all_public_names_are_there_once() -> None:
    assert len(client.__all__) == len(set(client.__all__))
    assert [name for name in client.__all__ if not hasattr(client, name)] == []
