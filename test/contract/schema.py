"""JSON Schema, the part of draft 2020-12 that our documents use. An unknown keyword is an
error: a check that silently checks nothing is worse than none."""
import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]

SILENT = {"$schema", "$defs", "title", "description", "default", "examples", "deprecated", "readOnly",
          "contentMediaType"}
TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict), "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str), "boolean": lambda v: isinstance(v, bool), "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def is_time(value: str) -> bool:
    try:
        return datetime.datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_date(value: str) -> bool:
    try:
        return bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


FORMATS: dict[str, Callable[[str], bool]] = {
    "uuid": lambda v: UUID.match(v) is not None, "date-time": is_time, "date": is_date,
    "email": lambda v: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", v) is not None,
    "uri": lambda v: ":" in v, "uri-reference": lambda v: " " not in v,
}


class Validator:
    """Checks values against schemas of one document, whose references it follows."""

    def __init__(self, document: Schema) -> None:
        self.document = document

    def resolve(self, reference: str) -> Schema:
        found: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def errors(self, value: Any, schema: Schema | bool, at: str = "$") -> Iterator[str]:
        if isinstance(schema, bool):
            if not schema:
                yield f"{at}: nothing is allowed here"
            return
        for word, wanted in schema.items():
            check = getattr(self, "on_" + word.replace("$", ""), None)
            if check is not None:
                yield from check(value, wanted, at, schema)
            elif word not in SILENT and not word.startswith("x-"):
                yield f"{at}: the schema says '{word}', which is not known here"

    def on_ref(self, value: Any, wanted: str, at: str, _: Schema) -> Iterator[str]:
        yield from self.errors(value, self.resolve(wanted), at)

    def on_type(self, value: Any, wanted: str | list[str], at: str, _: Schema) -> Iterator[str]:
        names = [wanted] if isinstance(wanted, str) else wanted
        if not any(TYPES[name](value) for name in names):
            yield f"{at}: {str(value)[:60]!r} is not {' or '.join(names)}"

    def on_enum(self, value: Any, wanted: list[Any], at: str, _: Schema) -> Iterator[str]:
        if value not in wanted:
            yield f"{at}: {value!r} is none of {wanted}"

    def on_const(self, value: Any, wanted: Any, at: str, _: Schema) -> Iterator[str]:
        yield from self.on_enum(value, [wanted], at, _)

    def on_required(self, value: Any, wanted: list[str], at: str, _: Schema) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{at}: '{name}' is missing" for name in wanted if name not in value)

    def on_properties(self, value: Any, wanted: Schema, at: str, _: Schema) -> Iterator[str]:
        if isinstance(value, dict):
            for name, schema in wanted.items():
                if name in value:
                    yield from self.errors(value[name], schema, f"{at}.{name}")

    def on_additionalProperties(self, value: Any, wanted: Schema | bool, at: str, schema: Schema) -> Iterator[str]:
        if isinstance(value, dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                yield from self.errors(value[name], wanted, f"{at}.{name}")

    def on_items(self, value: Any, wanted: Schema | bool, at: str, _: Schema) -> Iterator[str]:
        if isinstance(value, list):
            for i, one in enumerate(value):
                yield from self.errors(one, wanted, f"{at}[{i}]")

    def on_anyOf(self, value: Any, wanted: list[Schema], at: str, _: Schema) -> Iterator[str]:
        tries = [list(self.errors(value, one, at)) for one in wanted]
        if all(tries):
            yield f"{at}: fits none of {len(wanted)}: " + "; ".join(one[0] for one in tries)

    def on_oneOf(self, value: Any, wanted: list[Schema], at: str, _: Schema) -> Iterator[str]:
        fits = sum(not list(self.errors(value, one, at)) for one in wanted)
        if fits != 1:
            yield f"{at}: fits {fits} of {len(wanted)}, should fit one"

    def on_allOf(self, value: Any, wanted: list[Schema], at: str, _: Schema) -> Iterator[str]:
        for one in wanted:
            yield from self.errors(value, one, at)

    def on_format(self, value: Any, wanted: str, at: str, _: Schema) -> Iterator[str]:
        if isinstance(value, str) and not FORMATS[wanted](value):
            yield f"{at}: {value!r} is no {wanted}"

    def on_pattern(self, value: Any, wanted: str, at: str, _: Schema) -> Iterator[str]:
        if isinstance(value, str) and not re.search(wanted, value):
            yield f"{at}: {value!r} does not match {wanted}"

    def bound(self, wrong: bool, value: Any, wanted: float, at: str, word: str) -> Iterator[str]:
        if wrong:
            yield f"{at}: {str(value)[:60]!r} breaks {word} {wanted}"

    def on_minimum(self, value: Any, wanted: float, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(TYPES["number"](value) and value < wanted, value, wanted, at, "minimum")

    def on_maximum(self, value: Any, wanted: float, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(TYPES["number"](value) and value > wanted, value, wanted, at, "maximum")

    def on_minLength(self, value: Any, wanted: int, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(isinstance(value, str) and len(value) < wanted, value, wanted, at, "minLength")

    def on_maxLength(self, value: Any, wanted: int, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(isinstance(value, str) and len(value) > wanted, value, wanted, at, "maxLength")

    def on_minItems(self, value: Any, wanted: int, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(isinstance(value, list) and len(value) < wanted, value, wanted, at, "minItems")

    def on_maxItems(self, value: Any, wanted: int, at: str, _: Schema) -> Iterator[str]:
        yield from self.bound(isinstance(value, list) and len(value) > wanted, value, wanted, at, "maxItems")
