"""Where a member stands is found however the file is written."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.policy.lines import Lines, syntax

TEXT = """\
# a comment
name = "x"

[methods."sms_otp"]   # quoted for no reason
class = "possession"
[operations]
login.classes = 2
login.first = [
  "password",  # one
  "totp",
]
"factor.add" = { classes = 2, "clauses" = ["a = 1", "[b]"] }
[operations.order]
text = \"\"\"
[not.a.header]
not = "a member"
\"\"\"
'recent' = []
[[rows]]
a = 1
[[rows]]
a = 2"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("methods",), 4),
        (("methods", "sms_otp"), 4),
        (("methods", "sms_otp", "class"), 5),
        (("operations",), 6),
        (("operations", "login", "classes"), 7),
        (("operations", "login", "first", 1), 8),
        (("operations", "factor.add", "clauses", 0), 12),
        (("operations", "order"), 13),
        (("operations", "order", "text"), 14),
        (("operations", "order", "recent"), 18),
        (("rows", 0, "a"), 20),
        (("rows", 1), 21),
        (("rows", 1, "a"), 22),
    ],
)
def test_a_member_stands_where_its_statement_begins(path, line):
    assert Lines(TEXT).of(path) == line
    assert Lines(TEXT.replace("\n", "\r\n")).of(path) == line
    assert Lines(TEXT).has(path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("operations", "order", "not"), 13),
        (("operations", "recovery", "classes"), 6),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_what_is_not_there_is_looked_for_at_the_table_that_could_hold_it(path, line):
    assert Lines(TEXT).of(path) == line
    assert not Lines(TEXT).has(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = 1\n[b\nc = 2\n", 2),
        ("a = 1\n\n# twice\na = 2\nb = 3\n", 4),
        ('a = 1\nb = """\nnever\nended\n', 2),
        ("a = 1\nb = [1,\n2\n\n", 2),
        ("a =", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text, line):
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)
    found, reason = syntax(error.value, text)
    assert (found, "(at" in reason) == (line, False)


def test_an_error_of_another_form_is_told_as_it_is():
    assert syntax(tomllib.TOMLDecodeError("odd"), "a = 1") == (1, "odd")


class Writer:
    """Writes a document in one of the many ways there are, and remembers where each leaf went."""

    def __init__(self, draw):
        self.draw = draw
        self.lines = []
        self.at = {}

    def write(self, document):
        """Write it whole: what is dotted or inline comes before the first header, as it must."""
        later = []
        for name, value in document.items():
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                later.append((name, value))
            else:
                self.member((), name, value)
        for name, table in later:
            self.header((name,), table)
        return self.draw(st.sampled_from(["\n", "\r\n"])).join(self.lines)

    def header(self, path, table):
        self.clutter()
        self.note(path, [])
        self.lines.append(f"[{self.dotted(path)}]")
        below = []
        for name, value in table.items():
            if isinstance(value, dict) and value and self.draw(st.booleans()):
                below.append(name)
            else:
                self.member(path, name, value)
        for name in below:
            self.header((*path, name), table[name])

    def member(self, path, name, value):
        """Write one member, of a table as dotted keys or inline."""
        if isinstance(value, dict) and value and self.draw(st.booleans()):
            for inner, below in value.items():
                self.dotted_member(path, (name, inner), below)
        else:
            self.dotted_member(path, (name,), value)

    def dotted_member(self, path, keys, value):
        self.clutter()
        self.note((*path, *keys), value)
        said = self.value(value).split("\n")
        said[0] = f"{self.dotted(keys)} = {said[0]}"
        self.lines += said

    def note(self, path, value):
        begin = len(self.lines) + 1
        for length in range(1, len(path) + 1):
            self.at.setdefault(path[:length], begin)
        for key, below in inside(value):
            self.note((*path, key), below)

    def clutter(self):
        self.lines += self.draw(
            st.lists(st.sampled_from(["", "   ", "# a = 1", "#[b]"]), max_size=2)
        )

    def dotted(self, keys):
        return ".".join(map(self.key, keys))

    def key(self, name):
        quoted = f'"{name}"'
        bare = name.replace("_", "").isalnum()
        return self.draw(st.sampled_from([name, quoted, f"'{name}'"])) if bare else quoted

    def value(self, value, *, inline=False):
        match value:
            case dict():
                said = (f"{self.key(k)} = {self.value(v, inline=True)}" for k, v in value.items())
                return f"{{ {', '.join(said)} }}"
            case list():
                ways = [", "] if inline else [", ", ",\n  ", ", # one\n"]
                apart = self.draw(st.sampled_from(ways))
                return f"[{apart.join(self.value(item, inline=inline) for item in value)}]"
            case str():
                return f'"{value}"'
        return str(value).lower()


def inside(value):
    """Return what a table or an array holds, by key or index."""
    match value:
        case dict():
            return value.items()
        case list():
            return enumerate(value)
    return ()


names = st.sampled_from(["login", "factor.add", "classes", "a", "sms_otp"])
leaves = st.integers(0, 9) | st.booleans() | st.sampled_from(["x", "[y]", "z = 1", "# no"])
values = leaves | st.lists(leaves, max_size=3)
tables = st.dictionaries(names, values | st.dictionaries(names, values, max_size=3), max_size=3)
documents = st.dictionaries(names, values | tables, max_size=4)


@settings(deadline=None)
@given(documents, st.data())
def test_however_a_file_is_written_its_members_are_found(document, data):
    writer = Writer(data.draw)
    text = writer.write(document)
    assert tomllib.loads(text) == document, text
    lines = Lines(text)
    assert {path: lines.of(path) for path in writer.at} == writer.at, text
