from poem.__main__ import verse


def test_an_unknown_language_gets_english() -> None:
    assert verse("xx") == verse("en")


def test_languages_differ() -> None:
    assert verse("de") != verse("en")
