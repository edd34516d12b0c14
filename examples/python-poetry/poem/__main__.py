import sys

import cowsay

verses = {"en": "A tested hull may leave the slip", "de": "Nur was geprüft ist, läuft vom Stapel"}


def verse(language: str) -> str:
    """The verse in a language; in English where it is not known."""
    return verses.get(language, verses["en"])


if __name__ == "__main__":
    cowsay.cow(verse(sys.argv[1] if len(sys.argv) > 1 else "en"))
