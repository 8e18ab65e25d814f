"""Texts of strangers as people are to see them: in one line, and with nothing that a terminal would obey. Pure."""


def one_line(text: str, most: int = 28) -> str:
    """Write a text in one line of ``most`` characters, without what a terminal would obey or hide."""
    line = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in " ".join(text.split()))
    return line if len(line) <= most else line[: most - 1] + "…"
