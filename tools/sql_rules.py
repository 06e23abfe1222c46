"""sql_rules -- the rules of docs/adr/0007, over the statements of src and the migrations: for tools/lint.py.

It reads SQL as far as it must: levels of a query, what each reads, and which conditions hold for certain. What it does
not understand it refuses: a statement is written so that one sees at once which district it is about.
"""
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Complaint = tuple[int, str, str]  # line, rule, what

TOKEN = re.compile(r"(?P<space>\s+|--[^\n]*)|(?P<comment>/\*.*?\*/)|(?P<text>'(?:[^']|'')*'|\"[^\"]*\")|"
                   r"(?P<parameter>\$\d+)|(?P<word>[A-Za-z_]\w*)|(?P<other>\{where\}|\d[\w.]*|<=|>=|<>|!=|.)", re.S)
QUERY = re.compile(r"-- name: (\w+)")
ENGINE = re.compile(r"-- engine: (\w+)")
REFERENCE = "/* reference */"

# Those that give the same for the same, always. What else is called must be added here, by somebody who knows that.
FUNCTIONS = {"abs", "array", "avg", "coalesce", "count", "encode", "length", "lower", "max", "min", "nullif",
             "string_to_array", "substr", "sum", "unnest", "upper"}
# Words before a bracket that is no call.
BEFORE_BRACKETS = {"all", "and", "any", "as", "by", "check", "conflict", "distinct", "else", "except", "exists", "from",
                   "having", "in", "intersect", "join", "key", "lateral", "limit", "materialized", "not", "offset",
                   "on", "or", "over", "returning", "select", "set", "some", "then", "union", "unique", "using",
                   "values", "when", "where"}
BANNED = {"autoincrement": "no sequences: ids come from the application", "identity": "no identity columns",
          "serial": "no serials", "bigserial": "no serials", "smallserial": "no serials", "sequence": "no sequences",
          "trigger": "no triggers", "function": "no stored functions", "procedure": "no stored procedures",
          "listen": "a node has its own", "notify": "a node has its own", "merge": "ON CONFLICT does that everywhere",
          "current_timestamp": "times are parameters", "current_date": "times are parameters",
          "current_time": "times are parameters", "localtime": "times are parameters",
          "localtimestamp": "times are parameters"}
VOLATILE = {"clock_timestamp", "currval", "date", "datetime", "gen_random_uuid", "julianday", "last_insert_rowid",
            "nextval", "now", "random", "randomblob", "setval", "statement_timestamp", "strftime", "timeofday",
            "transaction_timestamp", "unixepoch"}
# What ends the name of a table: no alias.
CLAUSES = {"as", "cross", "do", "except", "for", "from", "full", "group", "having", "inner", "intersect", "join",
           "left", "limit", "natural", "offset", "on", "order", "returning", "right", "set", "union", "using", "values",
           "where"}
SETS = {"union", "intersect", "except"}


@dataclass
class Token:
    text: str
    line: int
    kind: str

    @property
    def low(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text


@dataclass
class Group:
    """What stands in brackets."""

    items: list["Item"]
    line: int
    low = "()"
    kind = "group"


Item = Token | Group


def is_query(item: Item) -> bool:
    return isinstance(item, Group) and bool(item.items) and item.items[0].low in ("select", "with")


def tokens(text: str, line: int = 1) -> Iterator[Token]:
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind != "space" and (kind != "comment" or match[0] == REFERENCE):
            yield Token(match[0], line, kind)
        line += match[0].count("\n")


def grouped(flat: Iterable[Token]) -> list[Item]:
    levels: list[list[Item]] = [[]]
    for token in flat:
        if token.text == "(" and token.kind == "other":
            group = Group([], token.line)
            levels[-1].append(group)
            levels.append(group.items)
        elif token.text == ")" and token.kind == "other" and len(levels) > 1:
            levels.pop()
        else:
            levels[-1].append(token)
    return levels[0]


def split(items: list[Item], at: str) -> list[list[Item]]:
    parts: list[list[Item]] = [[]]
    for item in items:
        if item.low == at:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


def lows(items: Iterable[Item]) -> list[str]:
    return [item.low for item in items]


def begins_with_district(group: Item | None) -> bool:
    return isinstance(group, Group) and lows(group.items[:2]) in (["district"], ["district", ","])


# --- the tables there are ---

@dataclass
class Schema:
    """For one engine: which tables lie by district, which are the same everywhere, which are a file's own."""

    engine: str
    distributed: set[str] = field(default_factory=set)
    reference: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)

    def known(self) -> set[str]:
        return self.distributed | self.reference | self.own


def section(text: str, engine: str) -> str:
    """As src/sql/section.c picks it, each line where it was."""
    lines, ours = [], True
    for line in text.splitlines():
        mark = ENGINE.match(line)
        if mark:
            ours = mark[1] in (engine, "all")
        lines.append(line if ours and not mark else "")
    return "\n".join(lines)


def constraints(definition: list[Item], table: str, schema: Schema, first: bool) -> Iterator[str]:
    """What is wrong with the keys in one line of CREATE TABLE."""
    words = lows(definition)
    reference = table in schema.reference
    named = words[2:] if words[:1] == ["constraint"] else words
    body = definition[len(words) - len(named):]
    if named[:2] == ["primary", "key"] or named[:1] == ["unique"]:
        key = next((item for item in body if isinstance(item, Group)), None)
        if not reference and not begins_with_district(key):
            yield "district leads every key"
    elif not reference and not first and ("unique" in words or "primary" in words):
        yield "district leads every key"
    if "references" in words:
        yield from foreign_key(named, body, reference, schema)


def foreign_key(words: list[str], body: list[Item], reference: bool, schema: Schema) -> Iterator[str]:
    at = words.index("references")
    target = words[at + 1] if at + 1 < len(words) else ""
    columns = body[2] if words[:2] == ["foreign", "key"] and len(body) > 2 else None
    if target in schema.reference:
        pass
    elif reference:
        yield "what is the same everywhere cannot refer to what lies by district"
    elif not (begins_with_district(columns) and at + 2 < len(body) and begins_with_district(body[at + 2])):
        yield "a foreign key goes from (district, …) to (district, …), or to reference data"
    actions = [words[i:i + 3] for i in range(len(words)) if words[i] == "on"]
    if any(action[1:2] == ["update"] or action[2:3] == ["set"] for action in actions):
        yield "a foreign key cannot change district: neither ON UPDATE nor SET NULL"


def create_table(items: list[Item], schema: Schema) -> Iterator[str]:
    words = lows(items)
    name = words[2] if len(words) > 2 else ""
    body = next((item for item in items if isinstance(item, Group)), None)
    if [item.text for item in items[:2] if isinstance(item, Token)] != ["CREATE", "TABLE"] or body is None or \
            not re.fullmatch("[a-z][a-z0-9_]*", name) or name == "if":
        yield "write CREATE TABLE name (…): it is distributed by that"
        return
    (schema.reference if REFERENCE in words else schema.distributed).add(name)
    definitions = split(body.items, ",")
    keyed = any({"primary", "key"} <= set(lows(definition)) for definition in definitions)
    if name in schema.distributed and (lows(definitions[0])[:1] != ["district"] or
                                       lows(definitions[0])[2:4] != ["not", "null"]):
        yield f"{name}: the first column is district, NOT NULL (or it is CREATE TABLE {name} {REFERENCE})"
    if not keyed:
        yield f"{name}: it has no primary key"
    for n, definition in enumerate(definitions):
        for what in constraints(definition, name, schema, n == 0):
            yield f"{name}: {what}"


def create_index(items: list[Item], schema: Schema) -> Iterator[str]:
    words = lows(items)
    table = words[words.index("on") + 1] if "on" in words else ""
    unordered = "using" in words and words[words.index("using") + 1] in ("gin", "brin", "gist")
    columns = next((item for item in items if isinstance(item, Group)), None)
    if table not in schema.known():
        yield f"{table}: no migration makes it"
    elif table in schema.distributed and not begins_with_district(columns) and not unordered:
        yield f"{table}: district leads every index"


def alter(items: list[Item]) -> Iterator[str]:
    words = set(lows(items))
    if words & {"constraint", "unique", "primary", "references"}:
        yield "keys are made with their table or index, where they are checked"
    if "district" in words:
        yield "district stays as it is"


def change(items: list[Item], schema: Schema) -> Iterator[str]:
    """Rows that a migration changes: of all districts, each in its own."""
    words = lows(items)
    if words[:2] == ["insert", "into"] and words[2] in schema.distributed and not begins_with_district(items[3]):
        yield f"{words[2]}: the first column that is filled is district"
    yield from assigns(items)


def migration_statement(items: list[Item], schema: Schema) -> Iterator[str]:
    words = lows(items)
    made = next((word for word in words[1:4] if word in ("table", "index")), "")
    if words[:2] == ["create", "virtual"]:
        if schema.engine != "sqlite":
            yield "virtual tables are SQLite's"
        schema.own.add(words[3])
    elif words[:1] == ["create"] and made == "table":
        yield from create_table(items, schema)
    elif words[:1] == ["create"] and made == "index":
        yield from create_index(items, schema)
    elif words[:1] == ["alter"]:
        yield from alter(items)
    elif words[:1] in (["insert"], ["update"], ["delete"]):
        yield from change(items, schema)
    elif words[:1] != ["drop"]:
        yield f"{' '.join(words[:2])}: a migration makes tables and indexes and changes rows"


def migration(text: str, schema: Schema) -> Iterator[Complaint]:
    """What is wrong with a migration for schema.engine; schema gets its tables. Migrations come in their order."""
    schema.reference.add("migration")
    flat = list(tokens(section(text, schema.engine)))
    for token in flat:
        if token.low in BANNED or (token.kind == "word" and token.low in VOLATILE):
            yield token.line, "SQLVOLATILE", f"{token.text}: {BANNED.get(token.low, 'it is different each time')}"
    for items in split(grouped(flat), ";"):
        if items:
            for what in migration_statement(items, schema):
                yield items[0].line, "SQLSCHEMA", what


# --- statements ---

@dataclass(eq=False)
class Table:
    name: str
    line: int
    district: str = ""  # the parameter that says which one; "" while that is not known
    free: bool = False  # nothing needs to say


@dataclass
class Condition:
    items: list["Item"]
    only: Table | None  # of an outer join: it chooses rows of this one alone


@dataclass
class Level:
    """One SELECT, UPDATE or DELETE, inside another one or not."""

    outer: "Level | None"
    made: set[str]  # by WITH
    tables: dict[str, Table] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)  # names of queries and functions
    conditions: list[Condition] = field(default_factory=list)

    def find(self, name: str) -> Table | None:
        if name == "":
            return next(iter(self.tables.values())) if len(self.tables) == 1 else None
        if name in self.tables:
            return self.tables[name]
        return self.outer.find(name) if self.outer is not None and name not in self.others else None


@dataclass
class Statement:
    name: str
    schema: Schema
    crossing: bool  # may go over districts
    items: list[Item]
    levels: list[Level] = field(default_factory=list)  # outer ones first
    tables: list[Table] = field(default_factory=list)
    inherits: bool = False  # an INSERT whose district is that of the rows it reads
    complaints: list[Complaint] = field(default_factory=list)

    def say(self, line: int, rule: str, what: str) -> None:
        self.complaints.append((line, rule, f"{self.name}: {what}"))


def conjuncts(items: list[Item]) -> Iterator[list[Item]]:
    """What holds for certain when a condition does: with an OR, nothing."""
    if "or" in lows(items):
        return
    for part in split(items, "and"):
        inner = part[0] if len(part) == 1 else None
        if isinstance(inner, Group) and not is_query(inner):
            yield from conjuncts(inner.items)
        else:
            yield part


def side(items: list[Item]) -> tuple[str, str]:
    """One side of an equation: ("parameter", "$1"), ("district", alias) or ("", "")."""
    words = lows(items)
    if len(items) == 1 and items[0].kind == "parameter":
        return "parameter", words[0]
    if words == ["district"]:
        return "district", ""
    return ("district", words[0]) if len(words) == 3 and words[1:] == [".", "district"] else ("", "")


def bind(level: Level) -> None:
    """Notes which district each table is asked for."""
    equations = [(*(side(part) for part in split(one, "=")), condition.only) for condition in level.conditions
                 for one in conjuncts(condition.items) if lows(one).count("=") == 1]
    for _ in range(len(level.tables) + 1):
        for left, right, only in [*equations, *((b, a, only) for a, b, only in equations)]:
            table = level.find(left[1]) if left[0] == "district" else None
            if table is None or table.district or table not in level.tables.values() or only not in (None, table):
                continue
            if right[0] == "parameter":
                table.district = right[1]
            elif right[0] == "district" and right[1] and (other := level.find(right[1])) is not None:
                table.district = other.district


class Reader:
    """Reads one level: what it reads from, its conditions, and the levels inside it."""

    def __init__(self, statement: Statement, items: list[Item], level: Level) -> None:
        self.statement, self.items, self.level, self.at = statement, items, level, 0
        self.joined = Table("", 0)  # the last one; a nameless one for a query

    def read(self) -> None:
        source, condition, outer = False, None, False
        while self.at < len(self.items):
            item = self.items[self.at]
            self.at += 1
            word = item.low if item.kind != "text" else ""
            if word == "from" and self.before(2) == "distinct":
                self.statement.say(item.line, "SQLDISTRICT", "write = or IS NULL, not IS DISTINCT FROM")
            elif word in ("from", "join", "update") and not self.is_conflict():
                self.source()
                source, condition = True, None
            elif word == "using":
                self.source()
                source, condition = True, None
            elif word == "," and source:
                self.source()
                condition = None
            elif word in ("where", "on"):
                condition = []
                only = self.joined if outer and word == "on" else None
                self.level.conditions.append(Condition(condition, only))
                source, outer = source and word == "on", False
            elif word in ("set", "group", "order", "having", "limit", "offset", "returning", "for"):
                source, condition = False, None
                self.locks(item)
            elif word in ("right", "full", "natural"):
                self.statement.say(item.line, "SQLDISTRICT", f"no {item.text} JOIN")
            elif word in ("left", "inner", "cross"):
                condition, outer = None, word == "left"
            elif condition is not None:
                condition.append(item)
                self.inside(item)
            else:
                self.inside(item)

    def before(self, n: int) -> str:
        return self.items[self.at - n].low if self.at >= n else ""

    def is_conflict(self) -> bool:
        """DO UPDATE, FOR UPDATE: no table follows."""
        return self.before(1) == "update" and self.before(2) in ("do", "for")

    def locks(self, item: Item) -> None:
        """FOR UPDATE, FOR SHARE …"""
        shared = [one.name for one in self.level.tables.values() if one.name in self.statement.schema.reference]
        if item.low == "for" and shared:
            self.statement.say(item.line, "SQLDISTRICT", f"{shared[0]}: that locks it for all districts at once")

    def inside(self, item: Item) -> None:
        inside(self.statement, item, self.level)

    def take(self) -> Item | None:
        self.at += 1
        return self.items[self.at - 1] if self.at <= len(self.items) else None

    def peek(self) -> Item | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def source(self) -> None:
        item, self.joined = self.take(), Table("", 0)
        while item is not None and item.low in ("lateral", "only"):
            item = self.take()
        if isinstance(item, Group):
            self.inside(item)
            if not is_query(item):
                self.statement.say(item.line, "SQLDISTRICT", "joins are written without brackets")
            self.level.others.add(self.alias())
        elif isinstance(item, Token) and isinstance(self.peek(), Group):
            self.inside(self.take())  # type: ignore[arg-type] -- a function of rows
            self.level.others.add(self.alias())
        elif isinstance(item, Token):
            self.table(item)

    def table(self, item: Token) -> None:
        name = item.low
        alias = self.alias() or name
        if name in self.level.made:
            self.level.others.add(alias)
            return
        table = Table(name, item.line, free=name in self.statement.schema.reference | self.statement.schema.own)
        if name not in self.statement.schema.known():
            self.statement.say(item.line, "SQLDISTRICT", f"{name}: no migration makes it")
        self.level.tables[alias] = self.joined = table
        self.statement.tables.append(table)

    def alias(self) -> str:
        item = self.peek()
        if item is not None and item.low == "as":
            self.at += 1
            item = self.peek()
        if item is None or item.kind != "word" or item.low in CLAUSES:
            return ""
        self.at += 1
        if isinstance(self.peek(), Group):  # names of its columns
            self.at += 1
        return item.low


def query(statement: Statement, items: list[Item], outer: Level | None) -> None:
    made = set(outer.made) if outer is not None else set()
    at = 0
    if items and items[0].low == "with":
        while at < len(items) and items[at].low in ("with", "recursive", ","):
            at += 1 + (items[at + 1].low == "recursive")
            made.add(items[at].low)
            while at < len(items) and not is_query(items[at]):
                at += 1
            if at == len(items):
                statement.say(items[0].line, "SQLDISTRICT", "behind WITH stands a SELECT")
                return
            query(statement, items[at].items, Level(outer, set(made)))  # type: ignore[union-attr]
            at += 1
    part: list[Item] = []
    for item in [*items[at:], Token("union", 0, "word")]:
        if item.low not in SETS:
            part.append(item)
        elif part:
            level = Level(outer, made)
            statement.levels.append(level)
            Reader(statement, part, level).read()
            part = []


def inside(statement: Statement, item: Item, level: Level) -> None:
    """The queries in brackets."""
    if isinstance(item, Group) and is_query(item):
        query(statement, item.items, level)
    elif isinstance(item, Group):
        for one in item.items:
            inside(statement, one, level)


def assigns(items: list[Item]) -> Iterator[str]:
    words = lows(items)
    for n, word in enumerate(words):
        if word == "district" and words[n - 1] in ("set", ",") and words[n + 1:n + 2] == ["="]:
            yield "a row stays in its district"


def conflict(statement: Statement, items: list[Item], table: str) -> None:
    words = lows(items)
    if "conflict" not in words or table in statement.schema.reference:
        return
    at = words.index("conflict")
    if at + 1 == len(items) or not begins_with_district(items[at + 1]):
        statement.say(items[at].line, "SQLCONFLICT", "name what is in conflict: ON CONFLICT (district, …)")


def insert(statement: Statement, items: list[Item]) -> None:
    words = lows(items)
    if words[:2] != ["insert", "into"] or len(items) < 5 or not isinstance(items[3], Group):
        statement.say(items[0].line, "SQLDISTRICT", "write INSERT INTO table (column, …), without OR")
        return
    name, columns, rest = words[2], items[3], items[4:]
    table = Table(name, items[2].line, free=name in statement.schema.reference | statement.schema.own)
    statement.tables.append(table)
    if name not in statement.schema.known():
        statement.say(items[2].line, "SQLDISTRICT", f"{name}: no migration makes it")
    if rest[0].low == "values":
        values = split(rest[1].items, ",") if isinstance(rest[1], Group) else [[]]
        if "," in lows(rest[2:3]):
            statement.say(rest[1].line, "SQLDISTRICT", "one row: sql_each() takes many")
        for item in rest:
            inside(statement, item, Level(None, set(), {name: table}))
    else:
        values = split(rest[1:], ",")
        query(statement, rest, None)
    first = side(values[0])
    if begins_with_district(columns):
        table.district = first[1] if first[0] == "parameter" else ""
        statement.inherits = first[0] == "district"
    conflict(statement, rest, name)


def calls(statement: Statement, items: list[Item]) -> None:
    """Functions, and words that nothing may be done with."""
    for n, item in enumerate(items):
        if isinstance(item, Group):
            before = items[n - 1] if n > 0 else None
            names = n > 1 and items[n - 2].low in ("into", "as")  # its columns
            if before is not None and before.kind == "word" and not names and \
                    before.low not in BEFORE_BRACKETS | FUNCTIONS:
                statement.say(item.line, "SQLVOLATILE", f"{before.low}() is not known to be the same each time")
            calls(statement, item.items)
        elif item.low in BANNED:
            statement.say(item.line, "SQLVOLATILE", f"{item.text}: {BANNED[item.low]}")


def check(statement: Statement) -> list[Complaint]:
    items = statement.items
    words = lows(items[:1])
    calls(statement, items)
    if words == ["insert"]:
        insert(statement, items)
    elif words in (["select"], ["with"], ["update"], ["delete"]):
        query(statement, items, None)
    else:
        statement.say(items[0].line if items else 0, "SQLDISTRICT", "SELECT, INSERT, UPDATE or DELETE")
    for what in assigns(items):
        statement.say(items[0].line, "SQLDISTRICT", what)
    for level in statement.levels:
        bind(level)
    if statement.inherits:
        statement.tables[0].district = next((one.district for one in statement.tables[1:] if one.district), "")
    asked = [table for table in statement.tables if not table.free]
    if not statement.crossing:
        for table in asked:
            if not table.district:
                statement.say(table.line, "SQLDISTRICT", f"{table.name}: district = $n is missing, or not certain")
        if len({table.district for table in asked if table.district}) > 1:
            statement.say(items[0].line, "SQLDISTRICT", "it goes over several districts, which only report/ may")
    return statement.complaints


@dataclass
class Text:
    """A statement of a .sql file, as one engine reads it."""

    name: str
    engine: str
    line: int
    text: str = ""


def texts(source: str) -> Iterator[Text]:
    """As tools/mkqueries.py divides them. A first text is SQLite's alone where PostgreSQL has one of its own;
    there is none where the statement is PostgreSQL's alone."""
    found: list[Text] = []
    for n, line in enumerate(source.splitlines(), 1):
        name, engine = QUERY.match(line), ENGINE.match(line)
        if name:
            found.append(Text(name[1], "", n + 1))
        elif engine and found:
            if found[-1].engine == "":
                found[-1].engine = "sqlite"
            found.append(Text(found[-1].name, engine[1], n + 1))
        elif found:
            found[-1].text += line + "\n"
    yield from (one for one in found if one.engine != "sqlite" or one.text.strip())


def statements(source: str, schemas: dict[str, Schema], crossing: bool = False) -> Iterator[Complaint]:
    """What is wrong with the statements of a .sql file. crossing: they may go over districts."""
    for one in texts(source):
        parts = [part for part in split(grouped(tokens(one.text, one.line)), ";") if part]
        schema = schemas.get(one.engine or "postgres")
        if schema is None:
            yield one.line, "SQLDISTRICT", f"{one.name}: the engines are {', '.join(schemas)}"
        elif len(parts) != 1:
            yield one.line, "SQLDISTRICT", f"{one.name}: one statement, not {len(parts)}"
        else:
            yield from check(Statement(one.name, schema, crossing, parts[0]))
