import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocirt
from ocirt.errors import Error
from ocirt.spec.jsontext import MAX_DEPTH, dumps, loads

FAULTS = [
    (b"", "empty, want a json value"),
    (b" \n\t", "empty, want a json value"),
    (b'{"a": 1,\n "b" 2}', "line 2, column 6: expecting ':' delimiter"),
    (b'["a" "b"]', "line 1, column 6: expecting ',' delimiter"),
    (b"{}\n\n x", "line 3, column 2: unexpected text after the value: 'x'"),
    (b"{} {}", "line 1, column 4: unexpected text after the value: '{}'"),
    (b'"abc', "line 1, column 1: unterminated string"),
    (b'"a\x01b"', "line 1, column 3: invalid control character"),
    (b"tru", "line 1, column 1: expecting value"),
    (b"[-]", "line 1, column 2: expecting value"),
    (b"\x00", "line 1, column 1: expecting value"),
    (b"[NaN]", "line 1, column 2: NaN is not a json number"),
    (b'["NaN", -Infinity]', "line 1, column 9: -Infinity is not a json number"),
    (b"[1e999]", "line 1, column 2: number 1e999 is too large"),
    (b'{"a":\n -' + b"1" * 5000 + b"}", "line 2, column 2: number -1111111111111111111... is too large"),
    (b"\xef\xbb\xbf{}", "line 1, column 1: byte order mark, want plain utf-8"),
    ('{"a": 1}'.encode("utf-16"), "line 1, column 1: byte order mark, want plain utf-8"),
    (b'{\n"a": "\xff"}', "line 2, column 7: byte 0xff is not utf-8"),
    (b"[" * 129 + b"]" * 129, "line 1, column 129: nested deeper than 128 levels"),
    (b'{"a":' * 129 + b"1" + b"}" * 129, "line 1, column 641: nested deeper than 128 levels"),
    (b"[" * 200_000, "line 1, column 129: nested deeper than 128 levels"),
]

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=()))
values = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(("data", "problem"), FAULTS, ids=[data[:12].hex() for data, _ in FAULTS])
def test_a_fault_is_named_with_its_place(data: bytes, problem: str) -> None:
    with pytest.raises(Error) as caught:
        loads(data, "dir/config.json")
    assert str(caught.value) == f"dir/config.json: {problem}"


def test_as_deep_as_allowed() -> None:
    data = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert dumps(loads(data, "")) == data.decode()
    assert loads(b"[" + b",".join([b"{}"] * 1000) + b"]", "") == [{}] * 1000


def test_the_last_of_equal_keys_counts() -> None:
    assert loads(b'{"a": 1, "a": 2}', "") == {"a": 2}


def test_lone_surrogates_survive() -> None:
    path = b"/b\xff\x80".decode("utf-8", "surrogateescape")
    assert dumps([path, "é\ud800"]) == '["/b\\udcff\\udc80","é\\ud800"]'
    assert loads(dumps(path).encode(), "") == path


@given(values)
def test_there_and_back(value: object) -> None:
    for indent in (None, 2, "\t"):
        assert loads(dumps(value, indent).encode(), "") == _joined(value)


def _joined(value: object) -> object:
    """What UTF-16 makes of the value: a high surrogate before a low one, both escaped, is one character."""
    return json.loads(json.dumps(value))


@given(values)
def test_the_text_is_that_of_the_json_module(value: object) -> None:
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert dumps(value).encode() == expected.encode("utf-8", "backslashreplace")
    for indent in (2, 4, "\t"):
        expected = json.dumps(value, ensure_ascii=False, indent=indent)
        assert dumps(value, indent).encode() == expected.encode("utf-8", "backslashreplace")


@given(
    st.binary()
    | texts.map(lambda text: text.encode("utf-8", "replace"))
    | st.from_regex(r"[\[\]{}:,\"\\0-9eE.\- au]*").map(str.encode)
)
def test_any_bytes_are_read_as_by_the_json_module_or_refused(data: bytes) -> None:
    try:
        value = loads(data, "x")
    except Error as error:
        assert "\n" not in str(error)
        return
    assert value == json.loads(data.decode())


@pytest.mark.parametrize(
    ("value", "error"),
    [({"a": {1}}, TypeError), ([float("nan")], ValueError), (float("inf"), ValueError), ([10**5000], ValueError)],
)
def test_what_json_has_no_form_for(value: object, error: type[Exception]) -> None:
    for indent in (None, 2):
        with pytest.raises(error):
            dumps(value, indent)


def test_a_value_that_contains_itself() -> None:
    value: list[object] = []
    value.append(value)
    for indent in (None, 2):
        with pytest.raises(RecursionError):
            dumps(value, indent)


def test_without_the_c_accelerator() -> None:
    """The fallback behaves alike; in a process of its own, where `_json` cannot be imported."""
    script = """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        sys.modules["_json"] = None
        from ocirt.errors import Error
        from ocirt.spec.jsontext import dumps, loads
        document = {"a": [1, -2.5, True, None, "\\u00e9\\n\\udcff"], "b": {}, "c": []}
        for indent in (None, 2, "\\t"):
            text = dumps(document, indent)
            assert loads(text.encode(), "x") == document
            print(text)
        for data in eval(sys.argv[2]):
            try:
                loads(data, "x")
            except Error as error:
                print(error)
        assert "json" in sys.modules
    """
    # Control characters are left out because the two count their columns differently.
    faults = [data for data, _ in FAULTS if len(data) < 1000 and b"\x01" not in data]
    command = [sys.executable, "-I", "-S", "-c", script, str(Path(ocirt.__file__).parents[1]), repr(faults)]
    output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    document = {"a": [1, -2.5, True, None, "é\n\udcff"], "b": {}, "c": []}
    expected = [dumps(document, indent) for indent in (None, 2, "\t")]
    expected += [f"x: {problem}" for data, problem in FAULTS if data in faults]
    assert output == "\n".join(expected) + "\n"
