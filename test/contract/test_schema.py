"""The validator itself: what it must accept and what it must not."""
import unittest

from schema import Schema, Validator

CASES: list[tuple[Schema, list[object], list[object]]] = [
    ({"type": "integer"}, [0, -5], [1.5, True, "1", None]),
    ({"type": ["string", "null"]}, ["", None], [0, []]),
    ({"enum": ["a", 1]}, ["a", 1], ["b", None]),
    ({"const": 3}, [3], [4]),
    ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, [{"a": ""}, {"a": "", "b": 1}],
     [{}, {"a": 1}, []]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{}, {"a": 1}], [{"b": 1}]),
    ({"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 2}, [[1], [1, 2.5]],
     [[], [1, 2, 3], ["a"]]),
    ({"anyOf": [{"type": "null"}, {"minimum": 3, "type": "integer"}]}, [None, 3], [2, ""]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, [1, 3.5], [4]),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1, 2], [0, 3]),
    ({"format": "uuid"}, ["0190a0b0-0000-7000-8000-000000000000"], ["x", "0190A0B0"]),
    ({"format": "date-time"}, ["2026-11-21T10:00:00+08:00"], ["2026-11-21T10:00:00", "today"]),
    ({"format": "date"}, ["2026-11-21"], ["2026-13-01"]),
    ({"pattern": "^a+$", "minLength": 2, "maxLength": 3}, ["aa", "aaa"], ["a", "aaaa", "ab"]),
    ({"$ref": "#/components/schemas/one"}, [1], ["1"]),
    ({"unheard": 1}, [], [1]),
]


class SchemaTest(unittest.TestCase):
    def test_cases(self) -> None:
        validator = Validator({"components": {"schemas": {"one": {"type": "integer"}}}})
        for schema, good, bad in CASES:
            for value in good:
                with self.subTest(schema=schema, good=value):
                    self.assertEqual(list(validator.errors(value, schema)), [])
            for value in bad:
                with self.subTest(schema=schema, bad=value):
                    self.assertTrue(list(validator.errors(value, schema)))
