"""How a drill's scores are said: one way for page, PDF and Excel.

Rule kept: a traffic light never stands alone; the word and the number stand beside it.
"""

from __future__ import annotations

from ddh_beredskab.reports.feedback_pdf import Counting
from schemas import drill_evaluation as r

LEAST = ("trained", "guide_seen", "reports_received", "picture_updates", "rest", "answered", "gaps_closed",
         "urgent_passed_on", "expected_actions", "first_contact", "satisfaction")  # fmt: skip
"""Targets that are so much at least; the others are so much at most."""
MANY_MINUTES = 180


def amount(unit: r.Unit, value: float, words: Counting) -> str:
    """13 minutter; 86 %; 6,4 timer. Many minutes are told as hours."""
    if unit == "minutes" and value > MANY_MINUTES:
        return amount("hours", value / 60, words)
    return words.t(f"eval.unit.{unit}", n=words.number(value * 100 if unit == "share" else value))


def value_line(score: r.Score, words: Counting) -> str:
    """What was measured, or why it could not be."""
    match score.result:
        case r.NotMeasured(why=why):
            return words.t(f"eval.why.{why}")
        case r.Measured() as found:
            told = amount(score.unit, found.value, words)
            if found.hit is None or found.of is None:
                return told
            return f"{told} ({words.t('eval.of', hit=words.number(found.hit), of=words.number(found.of))})"


def goal_line(score: r.Score, words: Counting) -> str:
    """højst 15 minutter; empty where there is none."""
    found = score.result
    if not isinstance(found, r.Measured) or found.goal is None:
        return ""
    key = "eval.at_least" if score.key in LEAST else "eval.at_most"
    return words.t(key, value=amount(score.unit, found.goal, words))


def verdict_of(score: r.Score) -> str:
    """The verdict, or `not_measured`: what colours go by."""
    return score.result.verdict if isinstance(score.result, r.Measured) else "not_measured"


def verdict_word(score: r.Score, words: Counting) -> str:
    """Nået, Delvist nået, Ikke nået, Vises kun, Kan ikke måles."""
    found = verdict_of(score)
    return words.t("eval.not_measured" if found == "not_measured" else f"eval.verdict.{found}")


def moment_line(moment: r.Moment, words: Counting) -> str:
    """What happened; an inject by its own title."""
    return moment.what if moment.lane == "inject" else words.t(f"eval.moment.{moment.what}", number=moment.number)


def action_line(action: r.ExpectedAction, words: Counting) -> str:
    """What was expected: an inject's own words, or what the recorded person did."""
    if action.source == "inject":
        return f"{action.title}: {action.text}"
    return words.t("eval.in_recording", what=words.t(f"eval.did.{action.command}"))


def entries_line(entries: tuple[int, ...], words: Counting, most: int = 12) -> str:
    """73, 91, 104 og 9 mere."""
    told = ", ".join(str(each) for each in entries[:most])
    left = len(entries) - most
    return f"{told} {words.t('eval.more_entries', n=words.number(left))}" if left > 0 else told


def tally(scores: tuple[r.Score, ...]) -> dict[str, int]:
    """How many of each verdict."""
    found = [verdict_of(each) for each in scores]
    return {each: found.count(each) for each in ("reached", "partly", "not_reached", "shown", "not_measured")}


def families(scores: tuple[r.Score, ...]) -> list[tuple[str, list[r.Score]]]:
    """The scores by family, in the table's order."""
    found: dict[str, list[r.Score]] = {}
    for each in scores:
        found.setdefault(each.family, []).append(each)
    return list(found.items())
