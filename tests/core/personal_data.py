"""Made-up personal data in Danish sentences, and the numbers that must not be taken for it; nobody real, all by seed.

The one thing left out on purpose: a full year from 2020 on, a space alone and four digits that are a clock
(20102023 1405), which nobody can tell from a day and a time.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DASHES = ("-", "–", "—", "\u2010", "\u2011", "\u2212")
BEFORE_LAST_FOUR = (
    "", " ", "  ", "\u00a0", "\u202f", "\t", ".", "/", ":", "_", *DASHES, " - ", " – ", "- ", " -", "  -  ",
)  # fmt: skip
IN_DATE = ("", "", "", "", ".", "-", "/", " ", "–")
FRAMES = (
    "{}", "{} er mit nummer", "Mit nummer er {}", "Borgeren ({}) ringer om vand i kælderen.", "CPR{}", "cpr-nr.: {}.",
    "[{}]", "«{}»", "'{}'", '"{}",', "Født {}, bor alene", "Hun hedder Åse;{};bor på øen", "a{}b", "Er {}? Ja!",
    "Min mor {}\nog min far", "\n{}\n", "112, {}", "Kl. 14.05: {}", "{}{{}}", "æ{}ø", "<b>{}</b>",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cpr:
    """A number as ten digits, and as somebody wrote it."""

    digits: str
    written: str


def cpr(lots: random.Random) -> Cpr:
    """Of somebody born on a real day, whatever modulus 11 says."""
    year, month = lots.randrange(1900, 2024), lots.randrange(1, 13)
    day = lots.randrange(1, monthrange(year, month)[1] + 1)
    last = f"{lots.randrange(10_000):04}"
    between, before, full = lots.choice(IN_DATE), lots.choice(BEFORE_LAST_FOUR), lots.random() < 0.25
    if full and year >= 2020 and before.strip(" \t\u00a0\u202f") == "" and int(last[:2]) < 24 and int(last[2:]) < 60:
        before = "-"
    shown = f"{year}" if full else f"{year % 100:02}"
    parts = (
        (f"{day}", f"{month}") if between in (".", "-", "/") and lots.random() < 0.2 else (f"{day:02}", f"{month:02}")
    )
    return Cpr(f"{day:02}{month:02}{year % 100:02}{last}", between.join((*parts, shown)) + before + last)


def framed(lots: random.Random, written: str) -> str:
    """In a sentence, a bracket, at the start, at the end."""
    return lots.choice(FRAMES).format(written)


# -- contact details ------------------------------------------------------------------------------


def phone(lots: random.Random) -> str:
    """As Danes write eight digits, now and then from abroad."""
    digits = f"{lots.randrange(20_000_000, 100_000_000)}"
    a, b, c, d = digits[:2], digits[2:4], digits[4:6], digits[6:]
    forms = (
        digits, f"{a} {b} {c} {d}", f"{a}{b} {c}{d}", f"{a}{b} {c} {d}", f"{a} {b} {c}{d}",
        f"{digits[:3]} {digits[3:5]} {digits[5:]}", f"{a}-{b}-{c}-{d}", f"{a}.{b}.{c}.{d}",
        f"+45{digits}", f"+45 {a} {b} {c} {d}", f"0045 {digits}", f"+45-{digits}",
        f"+46 70 {lots.randrange(100, 1000)} {lots.randrange(10, 100)} {lots.randrange(10, 100)}",
        f"+49 171 {lots.randrange(1_000_000, 10_000_000)}",
    )  # fmt: skip
    return lots.choice(forms)


def mail(lots: random.Random) -> str:
    """A mail address."""
    name = lots.choice(("b.borger", "åse_øst", "info", "x+y", "Fru.Hansen"))
    return f"{name}{lots.randrange(1000)}@{lots.choice(('eksempel.dk', 'post.eksempel.dk', 'øl-hus.dk'))}"


def address(lots: random.Random) -> str:
    """A street, a number, and now and then a floor and a town."""
    street = lots.choice(
        ("Havnegade", "strandvejen", "Klitvænget", "Store Torv", "Østre Allé", "Bøgelunden", "Skolestien")
    )
    house = f"{street} {lots.randrange(1, 400)}{lots.choice(('', '', 'b', ' C'))}"
    return house + lots.choice(("", "", ", 2. tv", ", st. th.", ", 9001 Strandby", " 1. sal"))


# -- what must stay -------------------------------------------------------------------------------


def case_number(lots: random.Random) -> str:
    """As municipalities, police and courts number their cases."""
    year, number = lots.randrange(2013, 2027), lots.randrange(1_000_000)
    group = f"{lots.randrange(0, 30):02}.{lots.randrange(0, 20):02}.{lots.randrange(0, 20):02}"
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{year % 100}/{number % 100_000}",
        lambda: f"{year % 100}/{number:06}",
        lambda: f"{year}-{number:06}",
        lambda: f"{year}-{number:07}",
        lambda: f"{year}{number:06}",
        lambda: f"S{year}-{number % 100_000}",
        lambda: f"{group}-P{lots.randrange(100):02}-{lots.randrange(1, 500)}-{year % 100}",
        lambda: f"EMN-{year}-{number % 100_000:05}",
        lambda: f"{lots.choice((5700, 3700))}-{lots.randrange(10_000, 99_999)}-{number % 100_000:05}-{year % 100}",
        lambda: f"BS-{number % 100_000}/{year}-AAL",
        lambda: f"{number:06}",
        lambda: f"{lots.randrange(10**7, 10**8)}",
        lambda: f"57980{lots.randrange(10**8):08}",
    )  # fmt: skip
    return lots.choice(("sag {}", "Sagsnr. {}.", "journalnummer {}", "jf. {}, punkt 4", "({})")).format(
        lots.choice(forms)()
    )


def date(lots: random.Random) -> str:
    """Days and times as the staff and citizens write them."""
    year, month, hour, minute = (
        lots.randrange(1990, 2027),
        lots.randrange(1, 13),
        lots.randrange(24),
        lots.randrange(60),
    )
    day = lots.randrange(1, 29)
    later = min(day + lots.randrange(1, 5), 28)
    named = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "sep.", "okt.", "nov.", "dec.")[
        month - 1
    ]
    dd, mm, yy, clock = f"{day:02}", f"{month:02}", f"{year % 100:02}", f"{hour:02}.{minute:02}"
    recent = lots.randrange(2020, 2027)
    forms = (
        f"{dd}-{mm}-{year}", f"{dd}.{mm}.{year}", f"{dd}/{mm}/{year}", f"{day}/{month} {year}", f"{day}/{month}-{yy}",
        f"den {day}. {named} {year}", f"{day}. {named} {year} kl. {clock}", f"{dd}-{mm}-{year} kl. {clock}",
        f"{dd}.{mm}.{yy} kl. {clock}", f"{dd}-{mm}-{year} {hour:02}:{minute:02}", f"{year}-{mm}-{dd}",
        f"{year}-{mm}-{dd}T{clock.replace('.', ':')}:00Z", f"{year}-{mm}-{dd} {hour:02}{minute:02}",
        f"{dd}{mm}{recent} {hour:02}{minute:02}", f"{dd}-{mm}-{recent} {hour:02}{minute:02}",
        f"{dd}{mm}{year}", f"{dd}{mm}{yy}",
        f"fra {dd}.{mm}.{year} til {later:02}.{mm}.{year}", f"{dd}.{mm}.-{later:02}.{mm}.{year}",
        f"{dd}{mm}{yy}-{later:02}{mm}{yy}", f"{dd}{hour:02}{minute:02}OKT{yy}",
        f"kl. {hour:02}{minute:02} den {dd}{mm}{yy}",
        f"uge {lots.randrange(1, 53)} {year}", f"{year}-{year + 1}", f"sommeren {year}",
    )  # fmt: skip
    return lots.choice(forms)


def date_and_bare_clock(lots: random.Random) -> str:
    """201023 1405: ten digits that begin with a day. Nobody can tell this from a CPR number."""
    between = lots.choice(("", ".", "-"))
    return f"{between.join(('20', '10', '23'))} {lots.randrange(24):02}{lots.randrange(60):02}"


def amount(lots: random.Random) -> str:
    """Money, also with thousands set apart by dots or spaces."""
    kroner = lots.randrange(1, 10 ** lots.randrange(2, 10))
    dots, spaces = f"{kroner:,}".replace(",", "."), f"{kroner:,}".replace(",", " ")
    forms = (
        f"{dots} kr.", f"{kroner} kr", f"{dots},{lots.randrange(100):02} kr.", f"kr. {dots},-", f"{spaces} kroner",
        f"DKK {kroner:,}.00", f"{kroner / 1e6:.1f} mio. kr.".replace(".", ",", 1),
        f"{dots}-{2 * kroner} kr.", f"{kroner}-{2 * kroner} kr.",
        f"kr. {kroner},{lots.randrange(100):02}", f"{kroner} m3", f"{dots} liter",
    )  # fmt: skip
    return lots.choice(forms)


MUST_STAY: dict[str, Callable[[random.Random], str]] = {
    "telefonnumre": phone,
    "sagsnumre": case_number,
    "datoer": date,
    "beløb": amount,
}
"""Kinds of numbers that are no CPR numbers."""


# -- everything together --------------------------------------------------------------------------

_PIECES = (
    "vej", "Torv", "gade ", "havnegade", "st.", "tv", "th", "motorvej", "nr. ", "kl.", "å", "É", "ß", "İ", "@",
    "a@b.dk", "+45", "00", "+", " ", " ", "\u00a0", "\t", "\n", "-", "–", ".", ",", ":", "/", "_", "(", ")", "[",
    "0", "1", "2", "3", "9", "01", "29", "02", "31", "12", "19", "20", "1990", "2024", "1405", "1234", "112", "1813",
    "²", "٣", "💧", "\u0301",
)  # fmt: skip


def noise(lots: random.Random) -> str:
    """Pieces of all the above put together without sense: what two programs are most likely to read differently."""
    return "".join(lots.choice(_PIECES) for _ in range(lots.randrange(1, 24)))


def sentences(seed: int, count: int) -> Iterator[str]:
    """Of every kind, in turn, and noise."""
    lots = random.Random(seed)
    kinds: tuple[Callable[[], str], ...] = (
        lambda: cpr(lots).written,
        lambda: phone(lots),
        lambda: mail(lots),
        lambda: address(lots),
        lambda: case_number(lots),
        lambda: date(lots),
        lambda: amount(lots),
        lambda: f"{cpr(lots).written} {phone(lots)} {mail(lots)} {address(lots)}",
    )
    for number in range(count):
        kind = number % (len(kinds) + 1)
        yield noise(lots) if kind == len(kinds) else framed(lots, kinds[kind]())
