from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from aurora_console.text import clean
from aurora_console.widgets.glyphs import ASCII, UNICODE, in_ascii, speaks_unicode


def test_signs_of_one_set_fit_their_width() -> None:
    """Columns of signs line up."""
    for glyphs in (UNICODE, ASCII):
        signs = [getattr(glyphs, one.name) for one in fields(glyphs) if isinstance(getattr(glyphs, one.name), str)]
        assert all(0 < cell_len(sign) <= glyphs.width for sign in signs)


def test_the_ascii_set_is_ascii() -> None:
    """All of it."""
    assert all(value.isascii() for one in fields(ASCII) if isinstance(value := getattr(ASCII, one.name), str))


@given(st.text(max_size=30))
def test_stand_ins_keep_the_width(words: str) -> None:
    """So that the layout stays as it was."""
    shown = clean(words)
    assert in_ascii(shown).isascii()
    assert cell_len(in_ascii(shown)) == cell_len(shown)


def test_the_locale_decides() -> None:
    """LC_ALL before LC_CTYPE before LANG; some terminals have no such font."""
    assert speaks_unicode({"LANG": "de_DE.UTF-8"})
    assert speaks_unicode({"LANG": "C", "LC_CTYPE": "C.utf8"})
    assert not speaks_unicode({"LANG": "en_US.UTF-8", "LC_ALL": "C"})
    assert not speaks_unicode({})
    assert not speaks_unicode({"LANG": "C.UTF-8", "TERM": "linux"})
