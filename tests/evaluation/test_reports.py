"""What is written of a suite can be read, whatever the suite and its answers say."""

from xml.etree import ElementTree as ET

from app.evaluation import reports, scores
from app.evaluation.asking import Spent
from app.evaluation.holding import Outcome

ODD = 'odd <&> \x07 "\U0001f600" ]]>'


def test_a_report_for_build_servers_is_xml_whatever_the_names_are() -> None:
    outcome = Outcome(ODD, 1, "en", ODD, ODD, (ODD,), 1, 1, Spent())
    cases = ET.fromstring(reports.junit(scores.scores(ODD, "model", [outcome]), [outcome]))
    readable = ODD.replace("\x07", "\ufffd")
    assert [cases.get("name"), cases[0].get("name"), cases[0][0].get("name")] == [readable, readable, f"1. {readable}"]
    assert (cases[0][0][0].tag, cases[0][0][0].text) == ("failure", readable)


def test_the_name_of_a_suite_is_no_markup() -> None:
    assert reports.markdown(scores.scores("<b>*all*</b>", "model", []), [], []).startswith("# \\<b\\>\\*all\\*\\</b\\>\n")
