"""The list of municipalities: what is in it, and what is said about a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddh_beredskab.playbooks import PlaybookError
from ddh_beredskab.playbooks.municipalities import FILE, load_municipalities

ROOT = Path(__file__).parents[1]


def test_all_ninety_eight_are_there_with_date_source_and_the_known_members() -> None:
    found = load_municipalities(ROOT / "playbooks")
    assert (found.date, found.responsible, found.contact_centre_members) == ("2026-11-22", "DDH-sekretariatet", 31)
    assert found.source
    assert len(found.lines) == 98
    assert sum(each.member for each in found.lines) == 27
    aarhus = next(each for each in found.lines if each.code == "0751")
    assert (aarhus.name, aarhus.region) == ("Aarhus", "Midtjylland")


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("0751,", "751,", '"751" er ikke en kommunekode'),
        ("0751,", "0101,", '"0101" står to gange'),
        (",2026,Øst", ",Øst", "felter, men skal have 6"),
        ("# source: ", "# kilde: ", 'mangler linjen "# source: ..."'),
        ("code,name,", "kode,navn,", "Linjen over kommunerne skal være: code,name,"),
        ("members: 31", "members: mange", 'helt tal, men er "mange"'),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, was: str, becomes: str, sentence: str) -> None:
    text = (ROOT / "playbooks" / FILE).read_text(encoding="utf-8")
    assert was in text
    (tmp_path / FILE).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(PlaybookError) as told:
        load_municipalities(tmp_path)
    assert sentence in str(told.value)
    assert f"{FILE}:" in str(told.value)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(PlaybookError, match="Filen mangler"):
        load_municipalities(ROOT / "tests")
