"""The size of an SMS, and the segments a text takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.segments import count_segments, smart_encode
from scheduling.words.gsm import counted, one_segment


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 160, True),
        ("a" * 161, False),
        ("é" * 160, True),
        ("[]" * 40, True),
        ("[]" * 40 + "a", False),
        ("€" * 80, True),
        ("€" * 81, False),
        ("ž", False),
        ("😀", False),
    ],
)
def test_a_segment_is_160_places_of_the_sms_alphabet(text: str, fits: bool) -> None:
    assert one_segment(text) is fits


@given(st.text(max_size=300))
def test_a_count_is_what_a_phone_network_makes_of_it(text: str) -> None:
    found = counted(text)

    assert found.segments == count_segments(smart_encode(text))
    assert found.characters == len(smart_encode(text))
    if not found.foreign:
        assert found.segments <= len(text) * 2 // 153 + 1
