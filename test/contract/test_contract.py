"""The OpenAPI document against the sources and against every answer that the HTTP tests have seen."""
import json
import os
import pathlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from schema import Schema, Validator

from support.client import Json
from support.runner import District
from support.server import ROOT

METHODS = ("get", "post", "put", "patch", "delete")
# {GET, "/api/v1/records", …} in a route table
ROW = re.compile(r'\{\s*(?:\.method\s*=\s*)?(GET|POST|PUT|PATCH|DELETE),\s*(?:\.path\s*=\s*)?"(/[^"]*)"')


def route_tables() -> set[tuple[str, str]]:
    """Routes as the sources have them."""
    return {(method, path) for source in (ROOT / "src").rglob("*.c") if not source.stem.endswith(("_test", "_fuzz"))
            for method, path in ROW.findall(source.read_text(encoding="utf-8"))}


class Contract(District):
    document: Json
    answers: list[Json]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.document = cls().anyone().get("/api/v1/openapi.json").json
        recorded = pathlib.Path(os.environ["WANGGE_ANSWERS"]).read_text(encoding="utf-8")
        cls.answers = [json.loads(line) for line in recorded.splitlines()]

    def documented(self) -> dict[tuple[str, str], Json]:
        return {(method.upper(), path): one[method] for path, one in self.document["paths"].items()
                for method in METHODS if method in one}

    def test_both_ways(self) -> None:
        in_sources, in_document = route_tables(), set(self.documented())
        self.assertEqual(in_sources - in_document, set(), "routes that the document does not name")
        self.assertEqual(in_document - in_sources, set(), "documented, but no route")

    def test_documented_is_served(self) -> None:
        for method, path in self.documented():
            with self.subTest(f"{method} {path}"):
                answer = self.anyone().request("OPTIONS", re.sub(r"{[^}]*}", "x", path))
                self.assertIn(method, answer.headers.get("allow", ""))

    def test_each_says_what_it_answers(self) -> None:
        for (method, path), operation in self.documented().items():
            with self.subTest(f"{method} {path}"):
                self.assertTrue(operation["summary"])
                names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"]
                self.assertEqual(names, re.findall(r"{([^}]*)}", path))
                self.assertIn("default", operation["responses"])

    def test_schemas_are_whole(self) -> None:
        validator = Validator(self.document)
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(name):
                said = {"properties", "anyOf", "oneOf", "allOf", "items"} & set(schema)
                self.assertTrue(said, "an object of which nothing is said")
                for reference in references(schema):
                    self.assertTrue(validator.resolve(reference))

    def operation_of(self, answer: Json) -> Json | None:
        path = answer["path"].partition("?")[0]
        found = [(template.count("{"), one) for (method, template), one in self.documented().items()
                 if method == answer["method"] and re.fullmatch(re.sub(r"{[^}]*}", "[^/]+", template), path)]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def schema_of(self, operation: Json | None, status: int) -> Schema | None:
        """None: the document says that there is no JSON in this answer."""
        if operation is None or status >= 400:
            return {"$ref": "#/components/schemas/problem"}
        responses = operation["responses"]
        one = responses.get(str(status)) or responses.get(f"{status // 100}XX") or {}
        schema: Schema | None = one.get("content", {}).get("application/json", {}).get("schema")
        return schema

    def test_every_answer_is_as_documented(self) -> None:
        validator, wrong, seen = Validator(self.document), Counter[str](), Counter[str]()
        for answer in self.answers:
            operation = self.operation_of(answer)
            where = f"{answer['method']} {operation['summary'] if operation else answer['path']} {answer['status']}"
            schema = self.schema_of(operation, answer["status"])
            seen[where] += 1
            if schema is None and not answer["path"].endswith("/openapi.json"):
                wrong[f"{where}: no schema"] += 1
            for error in validator.errors(json.loads(answer["body"]), schema or True):
                wrong[f"{where}: {re.sub(r'[0-9a-f-]{36}', 'UUID', error)}"] += 1
        print(f"# {sum(seen.values())} answers of {len(seen)} kinds")
        self.assertEqual([f"{n} x {what}" for what, n in wrong.most_common(60)], [])

    def test_every_route_was_seen(self) -> None:
        seen = {id(self.operation_of(answer)) for answer in self.answers}
        unseen = [f"{method} {path}" for (method, path), one in self.documented().items() if id(one) not in seen
                  and "application/json" in one["responses"].get("2XX", {}).get("content", {})]
        self.assertEqual(unseen, [])

    def test_every_refusal_is_documented(self) -> None:
        page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
        known = set(re.findall(r"^\| `([^`]+)`", page, re.M))
        packs = (ROOT / "docs/packs.md").read_text(encoding="utf-8")
        known |= set(re.findall(r"`((?:pack|fit|version|cel)\.\w+)`", packs))
        known |= {f"pack.unknown{rest}" for rest in re.findall(r"`(_\w+)`", packs)}
        refusals = [json.loads(answer["body"]) for answer in self.answers if answer["status"] >= 400]
        keys = {key for problem in refusals for key in keys_of(problem)}
        self.assertEqual(keys - known, set())
        self.assertGreater(len(keys), 25)

    def test_fields_of_a_kind_fit_its_schema(self) -> None:
        """Records are validated against the schema that /kinds gives for their fields, masks aside."""
        kinds: dict[str, list[Schema]] = {}  # several where another version of a pack came to hold
        for answer in self.answers:
            body = json.loads(answer["body"])
            if isinstance(body, dict) and "flow" in body and "schema" in body:
                kinds.setdefault(body["kind"], []).append(body["schema"])
        self.assertTrue(kinds)
        for record in (one for answer in self.answers for one in records_of(json.loads(answer["body"]))):
            errors = [[one for one in Validator(schema).errors(record["fields"], schema) if "***" not in one]
                      for schema in kinds[record["kind"]]]
            self.assertIn([], errors, record["number"])


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for one in schema.values():
            yield from references(one)
    elif isinstance(schema, list):
        for one in schema:
            yield from references(one)


def keys_of(problem: Json) -> set[str]:
    return {problem["type"], *(one["code"] for one in problem.get("errors", []))}


def records_of(body: Any) -> list[Json]:
    rows = body.get("items", [body]) if isinstance(body, dict) else []
    return [one for one in rows if isinstance(one, dict) and "number" in one and "fields" in one and "parties" in one]
