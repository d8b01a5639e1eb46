"""Bulk intake: good rows go in, bad ones are told by line, the same file twice counts once."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from tests.cli.conftest import Cli

_ROWS = Statement(
    "SELECT time, topic, answered, resolution, text FROM feedback_items WHERE agent = 'import' ORDER BY position"
)
MAP = ("--map", "time=Tidspunkt", "--map", "topic=Emne", "--map", "answered=Svar", "--map", "text=Spørgsmål")
AGENT = ("--value", "agent=import")
GOOD = """Tidspunkt;Emne;Svar;Spørgsmål
20-10-2023 21:05;evakuering;nej;"Skal vi væk; nu?"
20.10.2023 21.06;Sommerhus;ja;Må jeg blive?
2023-10-20T21:07+02:00;vandstand;delvist;Hvor højt?
"""


def stored(data: Path) -> list[tuple[int, str, str, str, str]]:
    """What the import put in, in order."""
    database = SqliteDatabase(data / "oevelse" / "surge" / "journal.db")

    def rows(conn: Conn) -> list[tuple[int, str, str, str, str]]:
        return [(row[0], row[1], row[2], row[3], row[4]) for row in conn.all(_ROWS)]

    try:
        return database.read_now(rows)
    finally:
        database.close_now()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spørgsmål.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_good_rows_go_in_with_danish_words_and_times(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    said = cli("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("3 nye spørgsmål er læst ind.")
    times, topics, answers, resolutions, texts = zip(*stored(data), strict=True)
    assert times == tuple(1697828700_000000 + minute * 60_000_000 for minute in range(3))
    assert (topics, answers) == (("evakuering", "sommerhus", "vandstand"), ("no", "yes", "partly"))
    assert (set(resolutions), texts[0]) == ({"resolved"}, "Skal vi væk; nu?")


def test_the_same_file_twice_counts_once_and_so_does_a_longer_one(
    cli: Cli, data: Path, crisis: str, file: Path
) -> None:
    words = ("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data, "--json")
    assert cli(*words).json["new"] == 3
    again = cli(*words).json
    assert (again["new"], again["known"]) == (0, 3)
    head, rest = GOOD.split("\n", 1)
    file.write_text(f"{head}\n20-10-2023 21:00;andet;ja;Ny først i filen\n{rest}", encoding="utf-8")
    longer = cli(*words).json
    assert (longer["new"], longer["known"]) == (1, 3)
    assert len(stored(data)) == 4


def test_two_equal_rows_of_one_file_are_two_questions(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    line = GOOD.splitlines()[2]
    file.write_text(GOOD + line + "\n", encoding="utf-8")
    words = ("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data, "--json")
    assert cli(*words).json["new"] == 4
    assert cli(*words).json["new"] == 0


def test_the_files_own_id_decides_where_it_has_one(cli: Cli, data: Path, crisis: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("id,time,topic,answered\nq1,20-10-2023 21:05,evakuering,no\nq1,20-10-2023 21:06,evakuering,no\n")
    said = cli("feedback", "import", file, "--crisis", crisis, *AGENT, "--data", data, "--json").json
    assert (said["rows"], said["new"]) == (2, 1)


def test_bad_rows_are_told_by_line_and_the_rest_goes_in(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    bad = [
        "i går;evakuering;ja;x",
        "20-10-2023 21:05;evakering;ja;x",
        "20-10-2023 21:05;evakuering;måske;x",
        '20-10-2023 21:05;evakuering;ja;"over\nto linjer";for meget',
        "20-10-2033 21:05;evakuering;ja;x",
        f"20-10-2023 21:05;evakuering;ja;{'x' * 2001}",
    ]
    file.write_text(GOOD + "\n".join(bad) + "\n" + GOOD.splitlines()[1].replace("05", "04") + "\n", encoding="utf-8")
    words = ("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data)
    said = cli(*words)
    assert said.code == 0
    assert (
        said.err.splitlines()[0] == 'Linje 5 i filen er sprunget over: "Tidspunkt" skal se sådan ud: 20-10-2023 14:05.'
    )
    assert "Mente du evakuering?" in said.err.splitlines()[1]
    assert [int(line.split()[1]) for line in said.err.splitlines()] == [5, 6, 7, 8, 10, 11]
    assert "4 nye spørgsmål" in said.out
    assert "6 linjer er sprunget over" in said.out
    assert [each["line"] for each in cli(*words, "--json").json["skipped"]] == [5, 6, 7, 8, 10, 11]


def test_a_file_without_one_good_row_is_a_failure(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    file.write_text(GOOD.splitlines()[0] + "\nx;y;z;w\n", encoding="utf-8")
    words = ("feedback", "import", file, "--crisis", crisis, *MAP, "--data", data)
    assert cli(*words).code == 1
    assert cli(*words, "--json").json["error"]["code"] == "csv_no_good_rows"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_and_byte_order_marks_are_understood(
    cli: Cli, data: Path, crisis: str, file: Path, separator: str, encoding: str
) -> None:
    text = f"Tidspunkt{separator}Emne{separator}Svar{separator}Spørgsmål\r\n"
    text += separator.join(["20-10-2023 21:05", "evakuering", "ja", "Går det?"]) + "\r\n"
    file.write_bytes(text.encode(encoding))
    said = cli("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data)
    assert (said.code, said.err) == (0, "")
    assert stored(data)[0][4] == "Går det?"


def test_a_file_in_another_encoding_is_told_and_can_be_named(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    file.write_bytes(GOOD.encode("cp1252"))
    words = ("feedback", "import", file, "--crisis", crisis, *MAP, *AGENT, "--data", data)
    said = cli(*words)
    assert said.code == 1
    assert "Gem filen som CSV UTF-8, eller skriv filens tegnsæt, fx --encoding cp1252." in said.err
    assert stored(data) == []
    assert cli(*words, "--encoding", "cp1252").code == 0
    assert stored(data)[1][4] == "Må jeg blive?"
    assert "Tegnsættet klingon kendes ikke" in cli(*words, "--encoding", "klingon").err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--map", "time=Dato"), "Filen har ingen kolonne, der hedder Dato. Kolonnerne hedder Tidspunkt, Emne"),
        (("--map", "tid=Tidspunkt"), "Feltet tid findes ikke. Felterne hedder id, time, topic"),
        (("--map", "time=Tidspunkt"), "Vi ved ikke, i hvilken kolonne topic står. Skriv --map topic=KOLONNE."),
        (("--map", "Tidspunkt"), "--map skal se sådan ud: navn=værdi"),
    ],
)
def test_columns_that_do_not_fit_are_told(
    cli: Cli, data: Path, crisis: str, file: Path, words: tuple[str, ...], sentence: str
) -> None:
    said = cli("feedback", "import", file, "--crisis", crisis, *words, "--data", data)
    assert (said.code, sentence in said.err) == (1, True)


def test_personal_data_is_struck_out_and_what_is_assumed_is_said(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_text("time,topic,text\n20-10-2023 21:05,evakuering,Ring til 010190-1234 på 12 34 56 78\n")
    said = cli("feedback", "import", file, "--crisis", crisis, *AGENT, "--data", data)
    assert "Vi har fjernet 2 personlige oplysninger" in said.out
    assert "alle spørgsmål står som delvist besvaret" in said.out
    assert "1234" not in stored(data)[0][4]


def test_a_file_that_is_not_there_and_an_empty_one_are_told(cli: Cli, data: Path, crisis: str, tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        said = cli("feedback", "import", path, "--crisis", crisis, *MAP, "--data", data)
        assert (said.code, "Er stien rigtig?" in said.err) == (1, True)
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert "Filen er tom." in cli("feedback", "import", empty, "--crisis", crisis, *MAP, "--data", data).err
    assert cli("feedback", "import", empty, "--crisis", "nowhere", "--data", data).code == 1


def test_a_disk_that_fills_up_can_be_mended_and_the_file_read_again(
    cli: Cli, data: Path, crisis: str, file: Path
) -> None:
    rows = "".join(f"20-10-2023 21:05;evakuering;ja;Spørgsmål {number}\n" for number in range(3000))
    file.write_text(GOOD.splitlines()[0] + "\n" + rows, encoding="utf-8")
    words = ["feedback", "import", str(file), "--crisis", crisis, *MAP, *AGENT, "--data", str(data), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.limited", "400000", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["error"]["code"] == "disk_full"
    before = len(stored(data))
    assert before < 3000
    assert before % 500 == 0  # whole batches or nothing
    assert cli(*words).json["new"] == 3000 - before
    assert len(stored(data)) == 3000


# -- other channels -------------------------------------------------------------------------------

SCORES = """Svar-id;Tidspunkt;Karakter;Kommune;Omstillet
a1;20-10-2023 21:05;9;851;nej
a2;20-10-2023 21:06;7;Aalborg Kommune;
a3;20-10-2023 21:07;8;0851;ja
a4;20-10-2023 21:08;10;0851;nej
a5;20-10-2023 21:09;;0851;nej
a6;20-10-2023 21:10;5;Byen;nej
"""
CHATBOT = """Session;Tidspunkt;Intent;Besked;Besvaret
1;20-10-2023 21:05;evakuering;Skal vi væk? Ring på 22334455;fallback
2;20-10-2023 21:06;;Går færgen;Fundet
"""


def rows(data: Path, sql: str) -> list[tuple[object, ...]]:
    database = SqliteDatabase(data / "oevelse" / "surge" / "journal.db")
    try:
        return database.read_now(lambda conn: [tuple(row) for row in conn.all(Statement(sql))])
    finally:
        database.close_now()


def test_scores_go_in_once_and_those_of_calls_passed_on_are_refused_by_line(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    file, bad = tmp_path / "sms.csv", tmp_path / "fejl.csv"
    file.write_text(SCORES, encoding="utf-8")
    words = ("feedback", "import", file, "--crisis", crisis, "--from", "sms-karakter", "--data", data, "--bad", bad)
    said = cli(*words)
    assert said.code == 0
    assert "2 nye karakterer er læst ind. 0 kendte vi i forvejen. 4 linjer er sprunget over." in said.out
    assert f"Linjerne, der er sprunget over, står i {bad}." in said.out
    assert "Linje 4 i filen er sprunget over: borgeren blev stillet om." in said.err
    assert "Linje 5" in said.err
    assert '"Karakter" er 10 og skal være et helt tal fra 1 til 9.' in said.err
    assert '"Kommune" er Byen, og den kommune kender vi ikke.' in said.err
    stored_now = rows(data, "SELECT municipality, score, source FROM survey_answers ORDER BY time")
    assert stored_now == [("0851", 9, "sms"), ("0851", 7, "sms")]
    again = cli(*words, "--json").json
    assert (again["new"], again["known"], len(again["skipped"])) == (0, 2, 4)
    assert rows(data, "SELECT count(*) FROM survey_answers") == [(2,)]


def test_bad_rows_are_written_with_line_column_and_what_would_be_right(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    file, bad = tmp_path / "sms.csv", tmp_path / "fejl.csv"
    file.write_text(SCORES + "a7;i går, =HYPERLINK(1) 010190-1234;3;0851;\n", encoding="utf-8")
    cli("feedback", "import", file, "--crisis", crisis, "--from", "sms-karakter", "--data", data, "--bad", bad)
    lines = bad.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Linje;Kolonne;Der står;Hvad er galt"
    assert [line.split(";")[:2] for line in lines[1:]] == [
        ["4", "Omstillet"], ["5", "Karakter"], ["6", "Karakter"], ["7", "Kommune"], ["8", "Tidspunkt"],
    ]  # fmt: skip
    assert "010190-1234" not in "".join(lines)


def test_a_chatbots_log_becomes_questions_of_that_channel(cli: Cli, data: Path, crisis: str, tmp_path: Path) -> None:
    file = tmp_path / "chat.csv"
    file.write_text(CHATBOT, encoding="utf-8")
    said = cli("feedback", "import", file, "--crisis", crisis, "--from", "chatbot", "--data", data)
    assert (said.code, said.err) == (0, "")
    assert rows(data, "SELECT topic, answered, text FROM feedback_items WHERE channel = 'chatbot' ORDER BY time") == [
        ("evakuering", "no", "Skal vi væk? Ring på [telefonnummer fjernet]"),
        ("andet", "yes", "Går færgen"),
    ]


def test_a_channel_nobody_knows_is_told_with_those_there_are(cli: Cli, data: Path, crisis: str, file: Path) -> None:
    said = cli("feedback", "import", file, "--crisis", crisis, "--from", "chatbotten", "--data", data)
    assert said.code == 1
    assert (
        "Kanalen chatbotten findes ikke. Mente du chatbot? Vi kender: sms-karakter, chatbot, webformular." in said.err
    )


def test_a_row_is_known_again_without_the_number_that_was_in_it(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    """Two rows that differ by a struck number alone are two questions; an id that is a number is not used as one."""
    file = tmp_path / "web.csv"
    line = "22334455;20-10-2023 21:05;andet;Ring {}\n"
    file.write_text("id;time;topic;text\n" + line.format("22334455") + line.format("22334466"), encoding="utf-8")
    words = ("feedback", "import", file, "--crisis", crisis, "--from", "webformular", "--data", data, "--json")
    assert cli(*words).json["new"] == 2
    assert cli(*words).json["new"] == 0


def test_an_excel_file_is_read_as_the_same_rows(cli: Cli, data: Path, crisis: str, tmp_path: Path) -> None:
    file = tmp_path / "sms.xlsx"
    book = xlsxwriter.Workbook(file, {"default_date_format": "dd-mm-yyyy hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Tidspunkt", "Karakter", "Kommune", "Omstillet"])
    sheet.write_row(1, 0, [datetime(2023, 10, 20, 21, 5), 9, 851, False])  # noqa: DTZ001 - Excel knows no zones
    sheet.write_row(3, 0, ["20-10-2023 21:06", 4, "Aalborg"])
    sheet.write_row(4, 0, ["20-10-2023 21:07", 3, "Aalborg", True])
    book.close()
    words = ("feedback", "import", file, "--crisis", crisis, "--from", "sms-karakter", "--data", data, "--json")
    said = cli(*words).json
    assert (said["new"], [each["line"] for each in said["skipped"]]) == (2, [5])
    stored_now = rows(data, "SELECT time, municipality, score FROM survey_answers ORDER BY time")
    assert stored_now == [(1697828700_000000, "0851", 9), (1697828760_000000, "0851", 4)]
    assert cli(*words).json["new"] == 0


def test_an_excel_file_that_is_none_or_unpacks_to_too_much_is_refused(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    file = tmp_path / "sms.xlsx"
    words = ("feedback", "import", file, "--crisis", crisis, "--from", "sms-karakter", "--data", data)
    file.write_bytes(b"PK\x03\x04 ikke Excel")
    assert "Excel-filen kan ikke læses." in cli(*words).err
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("stor.xml", "w") as out:
        for _ in range(210):
            out.write(b"0" * (1 << 20))
    assert file.stat().st_size < 1 << 20
    assert "fylder for meget" in cli(*words).err
