"""A guide's markdown: the little that helps, and nothing that harms."""

from __future__ import annotations

import pytest

from ddh_beredskab.reports.channels.marked import html, plain


def test_bold_lists_links_and_line_breaks() -> None:
    assert html("**Bliv inde.**\nLuk vinduer.") == "<p><strong>Bliv inde.</strong><br>\nLuk vinduer.</p>"
    assert html("- vand\n- tøj") == "<ul>\n<li>vand</li>\n<li>tøj</li>\n</ul>"
    assert html("[Kort](https://a.example/k)") == '<p><a href="https://a.example/k">Kort</a></p>'


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>",
     "[x](data:text/html,<script>alert(1)</script>)", '<a href="https://a.example" onclick="x()">a</a>'],
)  # fmt: skip
def test_neither_a_script_nor_a_link_to_one_gets_through(text: str) -> None:
    made = html(text)
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made
    assert 'href="data' not in made
    assert '<a href="https://a.example" onclick' not in made


def test_headings_and_tables_are_no_part_of_a_guide() -> None:
    assert html("# Stort") == "<p># Stort</p>"


def test_plain_text_keeps_the_words_and_the_address() -> None:
    assert plain("**Bliv** *inde*, se [kortet](https://a.example) og [12 34 56 78](tel:12345678).") == (
        "Bliv inde, se kortet (https://a.example) og 12 34 56 78 (12345678)."
    )
    assert plain("2 * 3 * 4 og snake_case_navn") == "2 * 3 * 4 og snake_case_navn"


def test_a_date_at_the_beginning_of_a_line_stays_that_date() -> None:
    assert html("31. maj lukker hallen.\n3. juni åbner den.") == "<p>31. maj lukker hallen.<br>\n3. juni åbner den.</p>"
    assert html("+ 2 grader") == "<p>+ 2 grader</p>"
