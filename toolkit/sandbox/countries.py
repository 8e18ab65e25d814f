"""Word lists for made-up people: names, places, telephone numbers. Data alone.

The domains are those of RFC 2606. The telephone numbers come out of ranges that the countries' regulators keep
for films and books, so they are valid and belong to nobody (NANP 555-01xx; Ofcom 020 7946 0xxx and its sisters;
Bundesnetzagentur 030 23125 xxx and its sisters; ARCEP 01 99 00 xx xx; PTS 08-465 004 xx; ACMA 5550 xxxx and 7010 xxxx).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who looks after accounts in Salesforce, and works in Front."""

    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """A range of telephone numbers: each prefix is followed by so many digits, grouped as ``tail`` says."""

    prefixes: tuple[str, ...]
    digits: int
    tail: int = 0


@dataclass(frozen=True, slots=True)
class Country:
    """What people of one country are made of; ``share`` is its part of every 24 accounts."""

    name: str
    calling_code: str
    share: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    company_form: str
    phones: Numbers
    mobiles: Numbers


OWNERS = (
    Owner("Amelia", "Okafor", "amelia.okafor@example.com"),
    Owner("Bastian", "Krüger", "bastian.krueger@example.com"),
    Owner("Chloé", "Lefèvre", "chloe.lefevre@example.com"),
    Owner("Dev", "Patel", "dev.patel@example.com"),
    Owner("Elin", "Sjöström", "elin.sjostrom@example.com"),
    Owner("Frank", "O'Neill", "frank.oneill@example.com"),
)

COUNTRIES = (
    Country(
        "United States", "1", 8,
        ("Ava", "Liam", "Maya", "Noah", "José", "Grace", "Ethan", "Zoë", "Caleb", "Ruth", "Marcus", "Ines"),
        ("Carter", "Nguyen", "O'Brien", "Johnson", "García", "Smith-Jones", "Washington", "Kim", "Davis", "Van Buren",
         "Peña", "Fitzgerald", "Brooks"),
        ("New York", "San Francisco", "Austin, TX", "Seattle", "Boise"),
        ("{} Market Street", "{} Elm Avenue<br>Suite 12", "{} Broadway", '{} Oak Lane<br>Floor 3<br>Mail Stop "B"'),
        "Inc.",
        Numbers(("(212) 555-01", "(415) 555-01", "(512) 555-01", "(206) 555-01", "(208) 555-01", "(312) 555-01",
                 "(617) 555-01", "(303) 555-01", "(602) 555-01", "(503) 555-01", "(404) 555-01", "(305) 555-01"), 2),
        Numbers(("(917) 555-01", "(628) 555-01", "(737) 555-01", "(425) 555-01", "(986) 555-01", "(773) 555-01"), 2),
    ),
    Country(
        "United Kingdom", "44", 5,
        ("Oliver", "Amelia", "Harry", "Siân", "George", "Imogen", "Rhys", "Niamh", "Alfie", "Priya", "Ewan"),
        ("Taylor", "Ó Súilleabháin", "Davies", "Evans", "MacDonald", "Hughes", "Patel", "Wright", "Llewellyn", "Hill"),
        ("London", "Leeds", "Sheffield", "Cardiff", "Edinburgh"),
        ("{} High Street", "{} King's Road<br>Rear Entrance", "Unit {}, Trading Estate", "{} Station Road"),
        "Ltd",
        Numbers(("020 7946 0", "0113 496 0", "0114 496 0", "0131 496 0"), 3),
        Numbers(("0151 496 0", "0161 496 0"), 3),
    ),
    Country(
        "Germany", "49", 5,
        ("Jürgen", "Anna", "Björn", "Käthe", "Lukas", "Sophie", "Müzeyyen", "Jörg", "Mia", "Günther", "Zoé"),
        ("Müller", "Schmidt", "Größner", "Weiß", "Jäger", "von der Heide", "Öztürk", "Schröder", "Koch", "Meyer-Lüth"),
        ("Berlin", "München", "Köln", "Frankfurt (Oder)", "Düsseldorf"),
        ("Hauptstraße {}", "Gänsemarkt {}<br>Hinterhof", "Am Bahnhof {}", "Königsallee {}"),
        "GmbH",
        Numbers(("030 23125", "069 90009", "089 99998"), 3),
        Numbers(("040 66969", "0221 4710"), 3),
    ),
    Country(
        "France", "33", 3,
        ("Élodie", "Jean-Luc", "François", "Agnès", "Théo", "Chloé", "Noël", "Maëlle", "Hugo", "Inès"),
        ("Lefèvre", "Dupont", "Béranger", "d'Artois", "Moreau", "Gagné", "Roux", "Nuñez", "Petit", "Garçon"),
        ("Paris", "Lyon", "Besançon", "Orléans", "Marseille"),
        ("{}, rue de l'Église", "{} bis, avenue Foch<br>Bâtiment C", "{}, place du Marché"),
        "SARL",
        Numbers(("01 99 00 ", "04 65 71 "), 4, 2),
        Numbers(("05 36 49 ",), 4, 2),
    ),
    Country(
        "Australia", "61", 2,
        ("Matilda", "Jack", "Isla", "Lachlan", "Ruby", "Cooper", "Zara", "Angus"),
        ("Wilson", "Nguyen", "Walker", "Papadopoulos", "Kelly", "Singh", "Ryan", "D'Souza"),
        ("Sydney", "Melbourne", "Perth", "Hobart"),
        ("{} George Street", "Level {}<br>1 Collins Street", "{} Harbour Parade"),
        "Pty Ltd",
        Numbers(("(02) 5550 ", "(08) 5550 "), 4),
        Numbers(("(03) 7010 ",), 4),
    ),
    Country(
        "Sweden", "46", 1,
        ("Åsa", "Björn", "Elin", "Göran", "Märta", "Örjan", "Saga", "Nils"),
        ("Åkesson", "Sjöström", "Lindqvist", "Öberg", "Nilsson", "Hägg", "Ek"),
        ("Stockholm", "Göteborg", "Malmö", "Umeå"),
        ("Storgatan {}", "Västra Hamngatan {}<br>2 tr", "Ängsvägen {}"),
        "AB",
        Numbers(("08-465 004 ",), 2),
        Numbers(("031-390 06 ", "040-628 04 "), 2),
    ),
)  # fmt: skip

COMPANY_FIRST = (
    "Nordlicht", "Harbour", "Blue Fern", "Quarry", "Juniper", "Étoile", "Granit", "Copper", "Willow", "Falcon",
    "Meridian", "Söder", "Lantern", "Orchard", "Pinnacle", "Redwood", "Silverline", "Tidewater", "Umbra", "Vantage",
    "Wren & Sons", "Yarrow", "Zephyr", "Ash", "Beacon", "Cobalt", "Dune", "Ember", "Fjord", "Gable",
    "Heron", "Ivory", "Jasper", "Kestrel", "Lumen", "Mosaic", "Nimbus", "Onyx", "Prairie", "Quill",
)  # fmt: skip

COMPANY_SECOND = (
    "Logistics", "Optics", "Foods", "Energy", "Textiles", "Software", "Robotics", "Paper", "Shipping", "Instruments",
    "Health", "Materials", "Travel", "Media", "Furniture", "Analytics", "Chemicals", "Brewing", "Motors", "Design",
    "Printing", "Security", "Farms", "Systems", "Research",
)  # fmt: skip

TITLES = (
    "Head of Procurement", "CEO", "Buyer", "Office Manager", "VP, Operations", "Support Lead", "Accountant", "CTO",
    "Facility Manager", "Assistant to the Board",
)  # fmt: skip

TIERS = ("Gold", "Silver", "Bronze")
SEGMENTS = ("Retail", "Wholesale", "Public Sector", "Partner")
