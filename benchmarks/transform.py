"""How long `sf2front transform` takes, beside a bare floor: the same file to the same payloads with no care at all.

    python benchmarks/transform.py [--rows 1000000] [--turns 3] [--targets operations,import,floor]

The file: 12 columns, an e-mail address and two phone numbers a row. One number in ten of the second column is another
than that of the first, so that 2 million cells hold 1.1 million distinct numbers of twelve countries, half of them
written as at home. One row in two hundred is the contact of an earlier row again, one in two hundred has a bad address.

The floor reads the file with polars in batches, makes a dict of each row, asks jsonschema-rs whether it is a valid
operation and writes it with orjson: no encoding, no shape, no cleaning, no duplicates, no rejects.

Each run is a process of its own, by turns; the median counts. Peak memory is the process's own.
"""

import argparse
import compileall
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from runs import Turn, measure

import toolkit

HEADINGS = (
    "Contact ID,First Name,Last Name,Title,Account Name,Email,Phone,Mobile,Mailing Country,Annual Revenue,Renewal Date,"
    "Tier"
)
MAPPING = """
version: 1
source: {key: Contact ID, dates: ISO}
contact:
  name: "{First Name} {Last Name}"
  description: "{Title} at {Account Name}"
  handles:
    - {source: email, from: Email}
    - {source: phone, from: [Phone, Mobile], region: US, region_from: Mailing Country}
  links: ["https://example.my.salesforce.com/{Contact ID}"]
  lists: [{name: Salesforce}, {name: VIPs, when: TRY_CAST("Annual Revenue" AS DOUBLE) > 900000}]
  account: {name: Account Name}
  custom_fields:
    Annual Revenue: {from: Annual Revenue, type: number}
    Renewal: {from: Renewal Date, type: datetime, timezone: Europe/London}
    Tier: {from: Tier, type: enum, map: {Gold: gold, Silver: silver, Bronze: bronze}}
    Salesforce ID: {from: Contact ID, type: string}
on_bad_value: {phone: drop}
"""
FLOOR = """
import sys, orjson, jsonschema_rs, polars as pl
from toolkit import schemas
source, target = sys.argv[1:]
registry = jsonschema_rs.Registry([(schemas.load(each)["$id"], schemas.load(each)) for each in schemas.schema_names()])
valid = jsonschema_rs.Draft202012Validator(schemas.load("operation"), registry=registry).is_valid
with open(target, "wb") as file:
    batches = pl.scan_csv(source, infer_schema=False).collect_batches(chunk_size=20_000, maintain_order=True)
    for row in (row for batch in batches for row in batch.iter_rows()):
            key, first, last, title, account, email, phone, mobile, country, revenue, renewal, tier = row
            handles = [{"source": "email", "handle": email}] if email else []
            handles += [{"source": "phone", "handle": each} for each in dict.fromkeys((phone, mobile))]
            fields = {"Annual Revenue": revenue, "Renewal": renewal, "Tier": tier, "Salesforce ID": key}
            body = {
                "name": f"{first} {last}", "description": f"{title} at {account}", "handles": handles,
                "links": [f"https://example.my.salesforce.com/{key}"], "list_names": ["Salesforce"],
                "custom_fields": fields,
            }
            operation = {"key": key, "op": "contact.upsert", "body": body, "account": {"name": account}}
            valid(operation)
            file.write(orjson.dumps(operation, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE))
"""

# Each country's number as written at home and abroad; # is a digit that may be any, as many in both.
COUNTRIES = {
    "United States": ("(212) 5##-####", "+1 212 5## ####"), "Canada": ("416-5##-####", "+1 416 5## ####"),
    "United Kingdom": ("020 7### ####", "+44 20 7### ####"), "Germany": ("030 5######", "+49 30 5######"),
    "France": ("06 1# ## ## ##", "+33 6 1# ## ## ##"), "Spain": ("61# ### ###", "+34 61# ### ###"),
    "Italy": ("347 5######", "+39 347 5######"), "Netherlands": ("06 1#######", "+31 6 1#######"),
    "Australia": ("0412 ### ###", "+61 412 ### ###"), "Japan": ("090-1###-####", "+81 90-1###-####"),
    "Brazil": ("(11) 9####-####", "+55 11 9####-####"), "India": ("9876# #####", "+91 9876# #####"),
}  # fmt: skip
FIRST = ("Ana", "Ben", "Chloé", "Dmitri", "Eva", "Farid", "Grace", "Hiro", "Inês", "Jürgen", "Kaya", "Liam", "Mei")
LAST = ("Adams", "Becker", "Costa", "Dubois", "Evans", "Fischer", "García", "Hansen", "Ito", "Jansen", "Kumar")
TITLES = ("Buyer", "CFO", "Head of Sales", "VP, Technology", "Engineer", "")
TIERS = ("Gold", "Silver", "Bronze")
OTHERS = 500_000


def rows(count: int) -> Iterator[str]:
    """Make the rows of the file; the same in every run."""
    dice = random.Random(4)
    countries = list(COUNTRIES)
    for number in range(count):
        who = number - 96 if number % 200 == 199 else number
        country, at = countries[number % len(countries)], who // len(countries)
        numbers = _numbers(country, at)
        second = _numbers(country, at + OTHERS)[0] if number % 10 == 0 else numbers[0]
        email = "not an address" if number % 200 == 77 else f"{dice.choice(FIRST[:2])}.{who}@company{who % 50_000}.com"
        revenue = f"{dice.randrange(1_000_000)}.{dice.randrange(100):02}"
        renewal = f"20{dice.randrange(20, 40)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        yield (
            f'003{number:012d},{dice.choice(FIRST)},{dice.choice(LAST)},"{dice.choice(TITLES)}",'
            f"Company {number % 50_000},{email},{numbers[number // len(countries) % 2]},{second},{country},"
            f"{revenue},{renewal},{dice.choice(TIERS)}\n"
        )


def _numbers(country: str, number: int) -> tuple[str, ...]:
    """Give the same number as written at home and abroad."""
    return tuple(_filled(form, number) for form in COUNTRIES[country])


def _filled(form: str, number: int) -> str:
    digits = iter(f"{number:0{form.count('#')}d}")
    return "".join(next(digits) if each == "#" else each for each in form)


def write(path: Path, count: int) -> None:
    """Write the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{HEADINGS}\n")
        file.writelines(rows(count))


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description="Transform beside a bare floor.")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--turns", type=int, default=3)
    arguments.add_argument("--targets", default="floor,operations,import")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, mapping, out = (Path(name) / each for each in ("contacts.csv", "mapping.yaml", "out"))
        write(source, given.rows)
        mapping.write_text(MAPPING)
        print(f"{given.rows:,} rows, {source.stat().st_size / 1e6:.0f} MB", flush=True)
        compileall.compile_dir(Path(toolkit.__file__).parent, quiet=1)  # as it is in an installation
        ours = [
            sys.executable,
            "-m",
            "toolkit",
            "transform",
            str(source),
            "--mapping",
            str(mapping),
            "-o",
            str(out),
            "--quiet",
        ]
        commands = {
            "floor": [sys.executable, "-c", FLOOR, str(source), str(out / "operations.ndjson")],
            "operations": [*ours, "--to", "operations"],
            "import": [*ours, "--to", "import"],
        }
        turns: dict[str, list[Turn]] = {each: [] for each in given.targets.split(",")}
        for _ in range(given.turns):
            for each, measured in turns.items():
                measured.append(measure(commands[each], out, good=(0, 3)))
    show(turns)


def show(turns: dict[str, list[Turn]]) -> None:
    """Print the table: the median counts."""
    medians = {name: statistics.median(turn.seconds for turn in each) for name, each in turns.items()}
    print(f"{'':<12} {'median':>9} {'each turn':<24} {'cpu':>9} {'peak':>9} {'written':>9} {'to floor':>9}")
    for name, each in turns.items():
        seconds = " ".join(f"{turn.seconds:.2f}" for turn in each)
        cpu = statistics.median(turn.cpu for turn in each)
        ratio = f"{medians[name] / medians['floor']:.2f}" if "floor" in medians else ""
        peak, written = max(turn.peak_mb for turn in each), each[0].written_mb
        row = f"{name:<12} {medians[name]:>7.2f} s {seconds:<24} {cpu:>7.2f} s"
        print(f"{row} {peak:>6.0f} MB {written:>6.0f} MB {ratio:>9}")


if __name__ == "__main__":
    main()
