"""A share in whole percent, for people. Pure."""


def share(filled: int, rows: int) -> str:
    """Write a share in whole percent; 0 % and 100 % are said only of none and of all."""
    percent = round(100 * filled / rows) if rows else 0
    if percent == 0 and filled:
        return "< 1 %"
    return "> 99 %" if percent == 100 and filled < rows else f"{percent} %"
