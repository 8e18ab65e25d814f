"""Writes the two files of benchmarks/diff.py: python benchmarks/diff_files.py FOLDER ROWS [--quoted]"""

import sys
from pathlib import Path

import polars as pl

KEY = "Contact ID"
FIRST = ("Ana", "Ben", "Chloé", "Dmitri", "Eva", "Farid", "Grace", "Hiro", "Inês", "Jürgen", "Kaya", "Liam", "Mei")
LAST = ("Adams", "Becker", "Costa", "Dubois", "Evans", "Fischer", "García", "Hansen", "Ito", "Jansen", "Kumar")
TITLES = ("Buyer", "CFO", "Head of Sales", "VP, Technology", "Engineer", None)
COUNTRIES = ("United States", "Canada", "United Kingdom", "Germany", "France", "Spain", "Italy", "Japan", "Brazil")
TIERS = ("Gold", "Silver", "Bronze")


def number(seed: int, most: int) -> pl.Expr:
    return pl.col("n").hash(seed) % most


def digits(value: pl.Expr, count: int) -> pl.Expr:
    return value.cast(pl.String).str.zfill(count)


def word(words: tuple[str | None, ...], seed: int) -> pl.Expr:
    return number(seed, len(words)).replace_strict(dict(enumerate(words)), return_dtype=pl.String)


def table(count: int) -> pl.DataFrame:
    """Make ``count`` contacts; the same in every run."""
    rows = pl.int_range(count, eager=True).alias("n").to_frame()
    renewal = pl.format("20{}-{}-{}", number(12, 20) + 20, digits(number(13, 12) + 1, 2), digits(number(14, 28) + 1, 2))
    return rows.select(
        pl.format("003{}", digits(pl.col("n"), 15)).alias(KEY),
        word(FIRST, 1).alias("First Name"),
        word(LAST, 2).alias("Last Name"),
        word(TITLES, 3).alias("Title"),
        pl.format("Company {} of {}", number(4, 50_000), word(COUNTRIES, 5)).alias("Account Name"),
        pl.format("{}.{}@company{}.example.com", word(FIRST[:2], 1), pl.col("n"), number(4, 50_000)).alias("Email"),
        pl.format("+1 212 {} {}", digits(number(6, 1_000), 3), digits(number(7, 10_000), 4)).alias("Phone"),
        pl.format("{} {} Street", number(8, 300), word(LAST, 9)).alias("Mailing Street"),
        word(COUNTRIES, 5).alias("Mailing Country"),
        pl.format("{}.{}", number(10, 1_000_000), digits(number(11, 100), 2)).alias("Annual Revenue"),
        renewal.alias("Renewal Date"),
        word(TIERS, 15).alias("Tier"),
    )


def write(folder: Path, count: int, *, quoted: bool) -> None:
    """Write the two files."""
    added = count // 200
    contacts = table(count + added)
    changed = pl.when(pl.int_range(pl.len()) % 100 == 0).then(pl.lit("Platinum")).otherwise("Tier")
    after = contacts.slice(added).with_columns(changed.alias("Tier"))
    for name, rows in (("before.csv", contacts.head(count)), ("after.csv", after)):
        shuffled = rows.sample(fraction=1, shuffle=True, seed=len(name))
        shuffled.write_csv(folder / name, quote_style="always" if quoted else "necessary")


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), quoted="--quoted" in sys.argv)
