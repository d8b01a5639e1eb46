"""A text as it is read aloud in Danish: numbers, times and telephone numbers in words, and how long it takes.

Pure. Rule kept: what a machine or a hurried person would read in several ways is written out, so that every caller
hears the same.
"""

from __future__ import annotations

import re

from ddh_beredskab.reports.channels.marked import plain

_ONES = (
    "nul", "en", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "elleve", "tolv", "tretten",
    "fjorten", "femten", "seksten", "sytten", "atten", "nitten",
)  # fmt: skip
_TENS = ("", "", "tyve", "tredive", "fyrre", "halvtreds", "tres", "halvfjerds", "firs", "halvfems")
_ORDINALS = {
    1: "første", 2: "anden", 3: "tredje", 4: "fjerde", 5: "femte", 6: "sjette", 7: "syvende", 8: "ottende",
    9: "niende", 10: "tiende", 11: "ellevte", 12: "tolvte", 13: "trettende", 14: "fjortende", 15: "femtende",
    16: "sekstende", 17: "syttende", 18: "attende", 19: "nittende", 20: "tyvende", 30: "tredivte",
}  # fmt: skip
_MONTHS = "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december"
_SHORT = {
    "bl.a.": "blandt andet", "ca.": "cirka", "dvs.": "det vil sige", "evt.": "eventuelt", "f.eks.": "for eksempel",
    "fx": "for eksempel", "m.m.": "med mere", "nr.": "nummer", "osv.": "og så videre", "pga.": "på grund af",
    "pr.": "per", "tlf.": "telefon", "vedr.": "om",
}  # fmt: skip
_UNITS = {
    "cm": "centimeter", "m": "meter", "km": "kilometer", "kg": "kilo", "l": "liter", "kr": "kroner", "%": "procent",
    "°C": "grader", "°": "grader", "min": "minutter", "sek": "sekunder",
}  # fmt: skip
_URL = re.compile(r"(?:https?://)?((?:[a-zæøå0-9-]+\.)+(?:dk|com|eu|nu|example|org|net)(?:/[^\s.,)]*)*)", re.I)
_PHONE = re.compile(r"(?<![\d.,])(?:\+45 ?)?(\d{2}) ?(\d{2}) ?(\d{2}) ?(\d{2})(?!\d)")
_EMERGENCY = re.compile(r"(?<![\d.,])(112|113|114)(?![\d.,]\d|\d)")
_FOUR = re.compile(r"(?<=ring )(\d{2})(\d{2})(?!\d)|(?<=lægevagten )(\d{2})(\d{2})(?!\d)", re.I)
_CLOCK = r"(\d{1,2})(?:[.:](\d{2}))?"
_HOURS = re.compile(rf"\b(?:kl\.?|klokken) ?{_CLOCK} ?[-–] ?{_CLOCK}(?!\d)", re.I)
_TIME = re.compile(rf"\b(?:kl\.?|klokken) ?{_CLOCK}(?!\d)", re.I)
_DATE = re.compile(rf"\b(\d{{1,2}})\. ?({_MONTHS})(?: (\d{{4}}))?", re.I)
_RANGE = re.compile(r"(?<![\d.,])(\d{1,4}) ?[-–] ?(\d{1,4})(?![\d.,]\d|\d)")
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d{1,6})(?:,(\d+))?(?!\d)")
_UNIT = re.compile(rf"(?<=\d) ?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?![\wæøå])\.?")
_BULLET = re.compile(r"^\s*[-*•]\s+", re.M)


def spoken(text: str) -> str:
    """The text to be read aloud, one paragraph."""
    text = _BULLET.sub("", plain(text))
    for short, long in _SHORT.items():
        text = re.sub(rf"(?<!\w){re.escape(short)}(?!\w)", long, text, flags=re.IGNORECASE)
    text = _URL.sub(lambda match: _address(match[1]), text)
    text = _PHONE.sub(lambda match: ", ".join(_pair(pair) for pair in match.groups()), text)
    text = _EMERGENCY.sub(lambda match: " ".join(_digit(each) for each in match[1]), text)
    text = _FOUR.sub(lambda match: " ".join(_pair(pair) for pair in match.groups() if pair), text)
    text = _HOURS.sub(lambda m: f"klokken {_clock(m[1], m[2])} til {_clock(m[3], m[4])}", text)
    text = _TIME.sub(lambda match: f"klokken {_clock(match[1], match[2])}", text)
    text = _DATE.sub(_date, text)
    text = _UNIT.sub(lambda match: f" {_UNITS[match[1]]}", text)
    text = _RANGE.sub(lambda match: f"{number(int(match[1]))} til {number(int(match[2]))}", text)
    text = re.sub(r"(?<![\d.,])1 (minut|døgn|år)\b", r"et \1", text)
    text = _NUMBER.sub(_decimal, text)
    lines = [line.strip() for line in text.replace("/", " eller ").split("\n") if line.strip()]
    return " ".join(line if line[-1] in ".!?:,;" else f"{line}." for line in lines)


def seconds(text: str, words_per_minute: int) -> int:
    """How long a spoken text takes; a number in words counts by its parts, which is how long it is to say."""
    words = len(re.findall(r"[^\W\d_]+", text)) + len(re.findall(r"og(?:tyve|tredive|fyrre|halv|tres|firs)", text))
    return -(-words * 60 // words_per_minute)


def number(value: int) -> str:
    """A whole number in words, up to a million."""
    if value >= 1_000_000:
        return " ".join(_digit(each) for each in str(value))
    thousands, rest = divmod(value, 1000)
    words = [] if not thousands else ["et tusind" if thousands == 1 else f"{_hundreds(thousands)} tusind"]
    if rest or not words:
        words.append(f"og {_hundreds(rest)}" if words and rest < 100 else _hundreds(rest))
    return " ".join(words)


def _hundreds(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    word = "et hundrede" if hundreds == 1 else f"{_ONES[hundreds]} hundrede"
    return f"{word} og {_below_hundred(rest)}" if rest else word


def _below_hundred(value: int) -> str:
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return f"{_ONES[ones]}og{_TENS[tens]}" if ones else _TENS[tens]


def _digit(digit: str) -> str:
    return "et" if digit == "1" else _ONES[int(digit)]


def _pair(pair: str) -> str:
    return f"nul {_digit(pair[1])}" if pair[0] == "0" else _below_hundred(int(pair))


def _clock(hour: str, minute: str | None) -> str:
    said = _digit(hour) if hour in ("1", "01") else _below_hundred(int(hour) % 100)
    if minute is None or minute == "00":
        return said
    return f"{said} {_pair(minute) if minute[0] == '0' else _below_hundred(int(minute))}"


def _date(match: re.Match[str]) -> str:
    day = int(match[1])
    year = "" if match[3] is None else f" {_year(int(match[3]))}"
    return f"{_ordinal(day)} {match[2].lower()}{year}"


def _ordinal(day: int) -> str:
    if day in _ORDINALS:
        return _ORDINALS[day]
    return f"{_ONES[day % 10]}og{_ORDINALS[day - day % 10]}" if 20 < day < 40 else number(day)


def _year(year: int) -> str:
    return f"{_below_hundred(year // 100)} {_pair(f'{year % 100:02}')}" if year % 100 else number(year)


def _decimal(match: re.Match[str]) -> str:
    whole = match[1].replace(".", "")
    if whole.startswith("0") and len(whole) > 1:
        return " ".join(_digit(each) for each in whole)
    said = number(int(whole))
    return said if match[2] is None else f"{said} komma {' '.join(_ONES[int(each)] for each in match[2])}"


def _address(address: str) -> str:
    return address.replace(".", " punktum ").replace("/", " skråstreg ").replace("-", " bindestreg ").strip()
