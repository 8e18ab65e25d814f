"""A share in whole percent, for people. Pure."""


def share(filled: int, rows: int) -> str:
    """Write a share in whole percent; 0 % and 100 % are said only of none and of all."""
    percent = min(max(round(100 * filled / rows), 1), 99) if 0 < filled < rows else 100 * (filled > 0)
    return f"{percent} %"
