"""The documentation to browse: one plain page made from the OpenAPI document, so that it needs no other server."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from onhand.api.answers import JSON

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 0.875rem/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: 0.75rem; background: #8881; border-radius: 0.25rem }
details { border-top: 1px solid #8884; padding: 0.5rem 0 }
summary { cursor: pointer }
summary b { display: inline-block; min-width: 4rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-bottom: 1px solid #8882 }
"""


# The page is its own style sheet, and nothing else: no script, no picture, no frame around it.
HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


async def openapi_json(request: Request) -> Response:
    document, _ = await run_in_threadpool(_written, request.app)
    return Response(document, media_type=JSON)


async def page(request: Request) -> Response:
    _, html = await run_in_threadpool(_written, request.app)
    return Response(html, media_type="text/html", headers=HEADERS)


@lru_cache(maxsize=1)
def _written(app: FastAPI) -> tuple[bytes, bytes]:
    """The document and the page, written once: anybody may ask for them, and orders must not wait for that."""
    document = app.openapi()
    return orjson.dumps(document), "".join(_page(document)).encode()


def _page(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])} API</title>"
    yield f'<meta name=viewport content="width=device-width"><style>{STYLE}</style>'
    yield f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    yield f'<p><a href="openapi.json">The OpenAPI document</a></p>{_prose(info["description"])}'
    for tag in document["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method.upper(), path, operation, document["components"])
    yield "<h2>Shapes</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f"<details id={escape(name)}><summary><code>{escape(name)}</code></summary>"
        yield f"<p>{escape(schema.get('description', ''))}</p>{_example(schema)}{_fields(schema)}</details>"


def _operation(method: str, path: str, operation: dict[str, Any], components: dict[str, Any]) -> Iterator[str]:
    named = components["responses"]
    yield f"<details id={escape(operation['operationId'])}><summary><b>{method}</b> <code>{escape(path)}</code> "
    yield f"{escape(operation['summary'])}</summary>{_prose(operation.get('description', ''))}"
    for requirement in operation.get("security", ()):
        yield f"<p>Scope of the key: <code>{escape(', '.join(requirement['key']))}</code></p>"
    if operation.get("parameters"):
        yield "<table><tr><th>Parameter<th>In<th>Type<th>Meaning"
        for parameter in operation["parameters"]:
            yield f"<tr><td><code>{escape(parameter['name'])}</code><td>{escape(parameter['in'])}"
            yield f"<td>{_type(parameter['schema'])}<td>{escape(parameter.get('description', ''))}"
        yield "</table>"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body: {_type(content['schema'])} ({escape(media_type)})</p>"
        yield _call(method, path, media_type, content["schema"], components["schemas"])
    yield "<table><tr><th>Status<th>Answer<th>When"
    for status, answer in operation["responses"].items():
        answer = named[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        shapes = ", ".join(_type(content["schema"]) for content in answer.get("content", {}).values())
        yield f"<tr><td>{escape(status)}<td>{shapes}<td>{escape(answer['description'])}"
    yield "</table></details>"


def _call(method: str, path: str, media_type: str, schema: dict[str, Any], shapes: dict[str, Any]) -> str:
    """The call as it is typed into a shell, with the example of its body."""
    named = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema]) if "$ref" in each]
    bodies = [example for name in named for example in shapes[name].get("examples", ())]
    if not bodies:
        return ""
    sent = orjson.dumps(bodies[0], option=orjson.OPT_INDENT_2).decode().replace("'", "'\\''")
    lines = [f'curl -X {method} "$ONHAND{path}" -H "Authorization: Bearer $KEY"', f'-H "Content-Type: {media_type}"']
    return f"<pre>{escape(' '.join(lines))} -d '{escape(sent)}'</pre>"


def _prose(text: str) -> str:
    """Paragraphs and lists of plain Markdown, as the descriptions are written in it."""
    marked = escape(text, quote=False)
    for mark, tag in ((r"\*\*(.+?)\*\*", "b"), (r"`(.+?)`", "code")):
        marked = re.sub(mark, rf"<{tag}>\1</{tag}>", marked, flags=re.DOTALL)
    paragraphs = [f"<p>{part}</p>" for part in re.split(r"\n\n+", marked) if part]
    return re.sub(r"(^|\n|<p>)- ", r"\1<br>• ", "".join(paragraphs))


def _example(schema: dict[str, Any]) -> str:
    return "".join(
        f"<pre>{escape(orjson.dumps(example, option=orjson.OPT_INDENT_2).decode())}</pre>"
        for example in schema.get("examples", ())
    )


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        f"<tr><td><code>{escape(name)}</code>{'' if name in required else ' (optional)'}<td>{_type(field)}"
        f"<td>{escape(field.get('description', ''))}"
        for name, field in schema.get("properties", {}).items()
    ]
    return f"<table><tr><th>Field<th>Type<th>Meaning{''.join(rows)}</table>" if rows else ""


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the shapes that it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}"><code>{name}</code></a>'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(choice) for choice in schema["anyOf"]))
    if "enum" in schema:
        shown = [f"<code>{escape(str(value))}</code>" for value in schema["enum"]]
        return ", ".join(shown if len(shown) <= 20 else [*shown[:8], f"… ({len(shown)})"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    words = [str(schema.get("type", schema.get("const", "anything"))), schema.get("format", "")]
    bounds = {"minimum": "from", "maximum": "to", "maxLength": "at most characters:", "default": "by default"}
    words += [f"{text} {schema[name]}" for name, text in bounds.items() if schema.get(name) is not None]
    return escape(" ".join(word for word in words if word))
