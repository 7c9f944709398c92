"""The control API's document as a page for people: plain HTML without any script, made of the OpenAPI document."""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from reelroom.console.schema_rows import Row, resolve, rows

Node = Mapping[str, Any]

STYLE = """\
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--strong:#0b66c3}
@media(prefers-color-scheme:dark){:root{--strong:#7ab8ff}}
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:15rem minmax(0,1fr)}
nav{position:sticky;top:0;height:100vh;box-sizing:border-box;overflow:auto;padding:1.5rem}
nav a{display:block;padding:.15rem 0}
main{padding:1.5rem 2.5rem;max-width:75rem}
a{color:var(--strong);text-decoration:none}
h2{margin-top:3rem;padding-top:1rem;border-top:1px solid var(--line)}
code,pre{font:14px/1.5 ui-monospace,monospace}
pre{background:var(--soft);padding:.8rem;overflow:auto;border-radius:.4rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line)}
td:first-child{white-space:nowrap}td:nth-child(2){min-width:9rem}
.d1{padding-left:1.2rem}.d2{padding-left:2.4rem}.d3{padding-left:3.6rem}.d4{padding-left:4.8rem}
.needed{font-weight:600}
summary{cursor:pointer;padding:.2rem 0}
@media(max-width:60rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}table{display:block;overflow:auto}}
"""


def page(document: Node) -> str:
    """The whole page."""
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    operations = [(path, item["post"]) for path, item in document["paths"].items()]
    links = "".join(_link(operation["operationId"]) for _, operation in operations)
    body = "".join(
        [
            f"<h1>{title}</h1>",
            prose(info["description"]),
            '<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>',
            _common(document),
            *(_operation(path, operation, document) for path, operation in operations),
            _notice(document),
            _codes("codes", "Return codes", document["x-codes"]),
        ]
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f'<body><nav><a href="#query">Query of every call</a><a href="#envelope">Answers</a>{links}'
        f'<a href="#callbacks">Callbacks</a><a href="#codes">Return codes</a></nav><main>{body}</main></body></html>\n'
    )


def _link(name: str) -> str:
    return f'<a href="#{escape(name)}">{escape(name)}</a>'


def _common(document: Node) -> str:
    schemas = document["components"]["schemas"]
    parameters = document["components"]["parameters"].values()
    query = {
        "properties": {p["name"]: {**p["schema"], "description": p["description"]} for p in parameters},
        "required": [p["name"] for p in parameters],
    }
    return (
        f'<h2 id="query">Query of every call</h2>{_asked(rows(query, schemas))}'
        f'<h2 id="envelope">Answers</h2><p>Success; some actions add Data:</p>'
        f"{_answered(rows(schemas['Succeeded'], schemas))}<p>Refusal:</p>{_answered(rows(schemas['Refusal'], schemas))}"
    )


def _operation(path: str, operation: Node, document: Node) -> str:
    schemas = document["components"]["schemas"]
    name = escape(operation["operationId"])
    asked = operation["requestBody"]["content"]["application/json"]
    response = operation["responses"]["200"]
    answered = response["content"]["application/json"]
    answer = resolve(answered["schema"]["oneOf"][0], schemas)
    data = answer["properties"].get("Data")
    shown = "<p>No Data.</p>" if data is None else f"<h3>Data</h3>{_answered(rows(data, schemas))}"
    return (
        f'<h2 id="{name}">{name}</h2><p><code>POST {escape(path)}</code> &middot; {escape(operation["summary"])}</p>'
        f"{prose(operation['description'])}<h3>Body</h3>{_asked(rows(asked['schema'], schemas))}"
        f"{_examples(asked['examples'])}{shown}{_examples(answered['examples'])}"
        f"<details><summary>Refusals</summary>{_code_table(response['x-codes'])}</details>"
    )


def _notice(document: Node) -> str:
    schemas = document["components"]["schemas"]
    operation = document["webhooks"]["notice"]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    notice = resolve(content["schema"], schemas)
    details = [resolve(detail, schemas) for detail in notice["properties"]["detail"]["anyOf"]]
    tables = "".join(_detail(detail, schemas) for detail in details)
    return (
        f'<h2 id="callbacks">Callbacks</h2><p>{escape(operation["summary"])}.</p>{prose(operation["description"])}'
        f"{_answered(rows(notice, schemas))}{tables}{_examples(content['examples'])}"
    )


def _detail(detail: Node, schemas: Mapping[str, Node]) -> str:
    fields = _answered(rows(detail, schemas)) if detail["properties"] else ""
    return f"<h3>detail</h3>{prose(detail['description'])}{fields}"


def _asked(found: Iterable[Row]) -> str:
    heads = "<th>Field</th><th>Type</th><th>Needed</th><th>Default</th><th>Meaning</th>"
    lines = (f"{_name(row)}{_yes(row.needed)}<td>{_default(row.default)}</td>{_meaning(row)}" for row in found)
    return _table(heads, lines)


def _answered(found: Iterable[Row]) -> str:
    heads = "<th>Field</th><th>Type</th><th>Always</th><th>Meaning</th>"
    return _table(heads, (f"{_name(row)}{_yes(row.needed)}{_meaning(row)}" for row in found))


def _table(heads: str, lines: Iterable[str]) -> str:
    return f"<table><tr>{heads}</tr>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _name(row: Row) -> str:
    name = row.path.rsplit(".", 1)[-1]
    indent = f"d{min(row.depth, 4)}"
    code = f'<code title="{escape(row.path)}">{escape(name)}</code>'
    return f'<td class="{indent}">{code}</td><td>{escape(row.kind)}</td>'


def _yes(yes: bool) -> str:
    return '<td class="needed">yes</td>' if yes else "<td>no</td>"


def _default(value: Any) -> str:
    return "" if value in (None, "", []) else f"<code>{escape(json.dumps(value))}</code>"


def _meaning(row: Row) -> str:
    return f"<td>{escape(row.meaning)}</td>"


def _examples(examples: Node) -> str:
    return "".join(
        f"<details><summary>Example: {escape(example['summary'])}</summary>"
        f"<pre>{escape(json.dumps(example['value'], indent=2, ensure_ascii=False))}</pre></details>"
        for example in examples.values()
    )


def _codes(anchor: str, title: str, codes: Node) -> str:
    return f'<h2 id="{anchor}">{title}</h2>{_code_table(codes)}'


def _code_table(codes: Node) -> str:
    lines = (f"<td><code>{escape(code)}</code></td><td>{escape(words)}</td>" for code, words in codes.items())
    return _table("<th>Code</th><th>Given when</th>", lines)


def prose(text: str) -> str:
    """The little of CommonMark that our descriptions use: paragraphs, lists of one level, blocks and words of code."""
    return "".join(map(_block, text.split("\n\n")))


def _block(text: str) -> str:
    if text.startswith("```"):
        return f"<pre>{escape(text.strip('`').strip())}</pre>"
    if text.startswith("- "):
        items = text.removeprefix("- ").split("\n- ")
        return f"<ul>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</ul>"
    return f"<p>{_inline(text)}</p>"


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
