"""Every row of the contract's table, asked of a running server by plain HTTP."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.contract.render import PAGE, render
from tests.acceptance.contract.rows import Row, table
from tests.acceptance.contract.world import UNLIMITED, Contract
from tests.support.server import running_server

from reelroom.api.codes import Code

ROWS = table(int(time.time() * 1000))
SECRETS = ("hush-hush", "s" * 32)


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    with running_server(tmp_path_factory.mktemp("contract") / "data", UNLIMITED) as server:
        made = Contract(server)
        yield made
        made.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.section}: {row.rule}")
def test_the_contract(contract: Contract, row: Row) -> None:
    before = contract.rows_stored()
    answer = contract.ask(row)
    assert answer["Code"] == row.code, answer["Message"]
    for name in row.names:
        assert name in answer["Message"]
    assert not any(secret in str(answer) for secret in (*SECRETS, contract.server.app.server_secret))
    if row.code is not Code.OK:
        assert contract.rows_stored() == before
        assert "Data" not in answer


def test_the_table_has_every_rule_once() -> None:
    names = [(row.section, row.rule, str(row.body)) for row in ROWS]
    assert len(set(names)) == len(names) >= 150


def test_the_reference_of_refusals_is_this_table() -> None:
    """`python -m tests.acceptance.contract.render` writes it anew."""
    assert Path(PAGE).read_text("utf-8") == render()
