import sys


def greeting(name: str) -> str:
    """What the greeter says to somebody."""
    return f"Greetings from the slip, {name}!"


def main() -> None:
    print(greeting(" ".join(sys.argv[1:]) or "stranger"))
