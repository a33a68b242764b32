"""The document is true: what it says is what the app does, found out by a machine that reads nothing else."""

import html
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.api.conftest import ADMIN
from tests.shop import Shop

from onhand.api.answers import EventStream
from onhand.api.app import CALLBACKS, ROUTES

# A whole run takes minutes, so each database gets another half of it: what must be refused, and what must be taken.
HALVES = {
    "sqlite": ("--phases", "coverage", "--mode", "negative"),
    "postgres": ("--phases", "examples,fuzzing", "--max-examples", "6"),
}


@pytest.mark.timeout(600)
def test_the_app_keeps_what_the_document_promises(url: str, shop: Shop, request: pytest.FixtureRequest, tmp_path: Path):
    shop.stocks({"SNEAKER-RED-42": 10_000_000, "SOCKS-M": 10_000_000})
    for _ in range(5):
        shop.order({"SNEAKER-RED-42": 1, "SOCKS-M": 1}, paid=True)
    program = Path(sys.executable).with_name("schemathesis")
    command = [
        *(str(program), "run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {ADMIN}"),
        # A stream has no end that could be waited for.
        *("--exclude-operation-id", "stream_events"),
        *("--exclude-checks", "positive_data_acceptance", "--seed", "20261121", "--generation-database", "none"),
        *("--request-timeout", "60"),
        *("--warnings", "off", "--no-color", *HALVES[request.node.callspec.params["database_url"]]),
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "tests.api.promises", "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run(command, env={**os.environ, **hooks}, capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stdout[:6_000] + run.stdout[-14_000:] + run.stderr[-2_000:]
    assert f"Selected: {len(ROUTES) + len(CALLBACKS) + 2}/" in run.stdout


def test_every_route_is_documented_whole(stranger):
    document = stranger.get("/openapi.json").json()
    assert document["info"]["title"] == "Onhand"
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    schemas = document["components"]["schemas"]
    tags = {tag["name"] for tag in document["tags"]}
    for route in ROUTES:
        method = next(iter(route.methods or ()))
        operation = document["paths"][route.path][method.lower()]
        assert operation["security"] == [{"key": [route.needs]}]
        assert operation["summary"]
        assert set(operation["tags"]) <= tags
        assert {"400", "401", "403", "404", "422", "503"} <= set(operation["responses"])
        success = operation["responses"][str(route.status_code)]
        if route.response_class is EventStream:
            assert list(success["content"]) == ["text/event-stream"]
            continue
        assert "$ref" in success["content"]["application/json"]["schema"], operation["operationId"]
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            names = [each["$ref"].rpartition("/")[2] for each in schema.get("anyOf", [schema]) if "$ref" in each]
            assert [schemas[name]["examples"] for name in names if schemas[name]["examples"]], operation["operationId"]
            assert all(schemas[name]["additionalProperties"] is False for name in names)
    for name, answer in document["components"]["responses"].items():
        assert answer["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }, name


def test_the_docs_show_every_operation_and_need_no_other_server(stranger):
    page = stranger.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for route in ROUTES:
        assert f"<code>{route.path}</code>" in page.text
    assert "http://" not in page.text.replace("https://onhand.dev", "")
    assert "<script" not in page.text
    assert "<b>Repeats.</b> A change with an <code>Idempotency-Key</code>" in page.text
    assert 'curl -X POST "$ONHAND/api/orders"' in html.unescape(page.text)


def test_the_document_names_what_a_status_can_be(stranger):
    schemas = stranger.get("/openapi.json").json()["components"]["schemas"]
    for name in ("OrderAnswer", "ShippedOrder", "ReturnedOrder"):
        fields = schemas[name]["properties"]
        assert {"pending", "partially_shipped", "payment_review"} <= set(fields["status"]["enum"])
        assert {"unpaid", "charged_back"} <= set(fields["payment_status"]["enum"])
    payment = schemas["RecordedPayment"]["properties"]
    assert ("captured" in payment["status"]["enum"], "confirmed" in payment["order_status"]["enum"]) == (True, True)
    assert "LOW_STOCK" in schemas["LevelAnswer"]["properties"]["stock_status"]["enum"]
