"""`/docs`: everything the document says, for people, with nothing from elsewhere."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from reelroom.api.openapi import document
from reelroom.api.openapi_codes import GIVEN_WHEN
from reelroom.console.docs_page import page, prose
from reelroom.console.pages import add_pages
from reelroom.console.schema_rows import kind, rows

VOID = {"meta", "br"}


class Balance(HTMLParser):
    """Collects text and ids; raises when a tag closes another one."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids.add(known.get("id") or "")
        self.links.add(known.get("href") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def read() -> Balance:
    parsed = Balance()
    parsed.feed(page(document()))
    assert parsed.open == []
    return parsed


def test_the_page_tells_every_action_field_and_code(read: Balance) -> None:
    schemas = document()["components"]["schemas"]
    names = {field for schema in schemas.values() for field in schema["properties"]}
    names |= set(document()["components"]["parameters"]) | set(document()["paths"]) | {str(int(c)) for c in GIVEN_WHEN}
    assert [name for name in names if name not in read.text] == []


def test_links_within_the_page_lead_somewhere(read: Balance) -> None:
    inner = {link.removeprefix("#") for link in read.links if link.startswith("#")}
    assert inner <= read.ids
    assert {link for link in read.links if link and not link.startswith("#")} == {"/openapi.json"}


def test_what_the_document_says_is_text_and_no_html() -> None:
    assert "<script" not in page(document())
    assert prose("a <b> & `c<d`") == "<p>a &lt;b&gt; &amp; <code>c&lt;d</code></p>"
    assert prose("- one\n- two\n  lines") == "<ul><li>one</li><li>two\n  lines</li></ul>"
    assert prose("```\na < b\n```") == "<pre>a &lt; b</pre>"


async def test_the_page_is_handed_out_with_a_policy_that_lets_in_its_own_style_alone(tmp_path: Path) -> None:
    app = FastAPI(openapi_url=None)
    add_pages(app, tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server") as client:
        answer = await client.get("/docs")
    style = re.search("<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    hashed = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{hashed}';")
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 5, "maximum": 30}, "integer from 5 to 30"),
        ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, "integer"),
        ({"type": "integer", "minimum": 0}, "integer of at least 0"),
        ({"type": "integer", "enum": [1, 2]}, "integer: 1, 2"),
        ({"type": "string", "maxLength": 9}, "string of at most 9 characters"),
        ({"type": "string", "minLength": 1}, "non-empty string"),
        ({"type": "string", "pattern": "^https?://"}, "string: URL"),
        ({"type": "array", "maxItems": 3, "items": {"$ref": "#/a"}}, "array of objects, at most 3"),
        ({"type": "boolean"}, "boolean"),
    ],
)
def test_types_in_words(schema: dict[str, object], words: str) -> None:
    assert kind(schema) == words


def test_fields_of_fields_stand_below_them() -> None:
    schemas = document()["components"]["schemas"]
    paths = [row.path for row in rows(schemas["StartRecord"], schemas)]
    assert paths[0] == "RoomId"
    assert "RecordInputParams.MixConfig.MixInputList[].Top" in paths
    assert paths.index("RecordInputParams.MixConfig") < paths.index("RecordInputParams.MixConfig.MixMode")
