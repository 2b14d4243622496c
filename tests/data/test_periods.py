"""Periods: arithmetic, phrases in three languages and wording."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.data.period_phrases.search import find, find_missing_days, find_no_dates
from app.data.period_wording import dates_text, period_text
from app.data.periods import Calendar, Period, Unit, around, named, previous, shift

TASHKENT = Calendar("Asia/Tashkent")
NOW = dt.datetime(2026, 11, 20, 20, 0, tzinfo=dt.UTC)  # Saturday the 21st, one in the morning, in Tashkent.
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))
UNITS = st.sampled_from(["day", "week", "month", "quarter", "half", "year"])

PHRASES = """
2026-11-21 2026-11-22 | today; сегодня; bugun; сегодняшняя выручка; bugungi tushum; бугун
2026-11-20 2026-11-21 | yesterday; вчера; kecha; кеча
2026-11-16 2026-11-23 | this week; на этой неделе; shu hafta; bu haftada; this wek
2026-11-09 2026-11-16 | last week; за прошлую неделю; oʻtgan hafta; o'tgan haftada; otgan hafta; прошлой недели
2026-11-01 2026-12-01 | this month; в этом месяце; bu oy; joriy oyda; за текущий месяц; бу ойда; this mnth
2026-10-01 2026-11-01 | last month; за прошлый месяц; oʻtgan oy; O‘tgan oyda
2026-10-01 2026-11-01 | oʼtgan oy; o`tgan oyning; ўтган ой; за прошлый месец
2026-10-01 2026-11-01 | top 5 in October; топ 5 за октябрь
2026-10-05 2026-10-06 | on the 5th of October; October 5
2026-10-01 2026-11-01 | in October; за октябрь; oktabrda; oktyabrda; в октябре
2026-10-01 2026-11-01 | ocotber; Oktabr oyida; in oct; октябрда; sales from last month
2026-07-01 2026-10-01 | Q3 2026; q3; третий квартал; за 3 квартал 2026 года
2026-07-01 2026-10-01 | 2026-yil 3-chorak; third quarter; III квартал; uchinchi chorakda; last quarter
2025-01-01 2026-01-01 | 2025; в 2025 году; 2025-yilda; last year; прошлый год; oʻtgan yil; за весь 2025 год; previous year
2025-01-01 2026-01-01 | were there last year; at least last year
2025-10-01 2025-11-01 | October 2025; октябрь прошлого года; oʻtgan yil oktabrda
2025-10-01 2025-11-01 | 2025-yil oktabr; October last year; за октябрь 2025 г.
2025-12-01 2026-01-01 | December; за декабрь; dekabr; in dec
2024-02-29 2024-03-01 | February 29; 29 февраля; 29-fevral
2026-11-15 2026-11-22 | last 7 days; за последние 7 дней; soʻnggi 7 kun; oxirgi yetti kunda; past seven days
2026-09-01 2026-12-01 | last 3 months; за последние три месяца; oxirgi 3 oy; 3 последних месяца; past three months
2026-08-01 2026-11-01 | previous 3 months; предыдущие 3 месяца; avvalgi uch oy
2026-03-01 2026-11-22 | since March; с марта; martdan beri; начиная с марта; martdan buyon
2026-01-01 2026-11-22 | year to date; ytd; с начала года
2026-01-01 2026-11-22 | yil boshidan; yil boshidan beri; since the beginning of the year; this year to date
2026-03-01 2026-06-01 | from March to May; с марта по май; martdan maygacha; March - May; между мартом и маем
2026-10-01 2026-10-16 | from 1 to 15 October; 1–15 октября; с 1 по 15 октября
2026-10-01 2026-10-16 | 1-oktabrdan 15-oktabrgacha; October 1-15; 01.10.2026 - 15.10.2026
2026-10-05 2026-10-06 | October 5; 5 октября; 5-oktabr; 2026-10-05; 05.10.2026; 2026-yil 5-oktabr; 5th of October
2026-11-16 2026-11-17 | on Monday; в понедельник; dushanba kuni; last monday
2026-01-01 2026-07-01 | first half of 2026; первое полугодие; birinchi yarim yil; h1 2026
2026-10-22 2026-11-22 | за последний месяц; oxirgi oy
2026-11-15 2026-11-22 | за неделю; over the week; for 7 days; за 7 дней; 7 kun ichida; 7 kundan beri
2026-09-01 2026-12-01 | за 3 месяца; for three months; 3 oy ichida; за последние 3 месяца
2025-11-22 2026-11-22 | за год; over the year; yil davomida
2026-11-01 2026-12-01 | of the month; продавец месяца
2025-11-01 2026-02-01 | с ноября 2025 по январь 2026; from November 2025 to January 2026
2025-12-25 2025-12-26 | on 12/25/2025; за 25.12.2025; 25/12/25; 25.12.2025 kuni; 2025/12/25
2026-10-05 2026-10-06 | 05.10; за 05.10.26; 5-oktabr kungi; 5 числа октября
2026-10-01 2026-10-16 | с 01.10 по 15.10; 01.10-15.10; 01–15.10
2026-10-01 2026-11-01 | 10.2026; 2026-10; Oct '26; октябрь 26 года; oct; a month ago; месяц назад; bir oy avval
2026-10-01 2026-11-01 | прошл. месяц; утган ой; oʻtkan oy
2026-09-01 2026-10-01 | the month before last; за позапрошлый месяц; oʻtgan oydan oldingi oyda; two months ago
2026-12-01 2027-01-01 | next month; в следующем месяце; keyingi oyda
2025-11-01 2025-12-01 | same month last year; в том же месяце прошлого года; oʻtgan yilning shu oyida
2025-01-01 2025-04-01 | 1кв 2025; first quarter of last year; oʻtgan yilning birinchi choragida
2025-01-01 2025-04-01 | first 3 months of 2025; за первые 3 месяца 2025; 2025-yilning 3 oyida
2026-01-01 2026-07-01 | first half of the year; в первом полугодии года
2026-01-01 2026-10-01 | until October; до октября; oktabrgacha
2026-10-01 2026-10-16 | first half of October; в первой половине октября; oktabrning birinchi yarmida
2025-10-16 2025-11-01 | second half of October 2025; вторая половина октября прошлого года; 2025-yil oktabrning ikkinchi yarmi
2026-11-10 2026-11-11 | 10 числа; oyning 10-kuni; on the 10th
2026-11-20 2026-11-21 | yesterday's day; вчерашний день; kechagi kun
0001-01-01 2026-11-22 | all time; за всё время; butun davr uchun
"""
CASES = [
    (phrase.strip(), Period(*map(dt.date.fromisoformat, line.split("|")[0].split())))
    for line in PHRASES.strip().splitlines()
    for phrase in line.split("|")[1].split(";")
]


@pytest.mark.parametrize(("phrase", "expected"), CASES, ids=[phrase for phrase, _ in CASES])
def test_a_phrase_is_resolved_in_the_tenants_calendar(phrase, expected):
    (found,) = find(f"revenue {phrase}?", TASHKENT, NOW)
    assert (found.period.start, found.period.end) == (expected.start, expected.end)


@pytest.mark.parametrize(
    "text",
    [
        "revenue by month", "выручка по месяцам", "oylar boʻyicha tushum", "по дням недели", "в среднем", "по марже",
        "list customers", "may I see the revenue", "top 5 products", "31 февраля", "1.25 kg", "10.12 kg", "5 to 10 orders",
        "what is the avg check", "days of the week", "за день недели", "30 kundan ortiq", "more than 30 days",
        "hafta kunlari boʻyicha", "market share", "2026-13-45", "last 99999999 years", "",
    ],
)  # fmt: skip
def test_what_is_no_period_is_not_taken_for_one(text):
    assert find(text, TASHKENT, NOW) == []


@pytest.mark.parametrize(
    ("text", "said", "last"),
    [
        ("revenue from February 30 to March 5", "February 30", "2026-02-28"),
        ("выручка с 5 марта по 31 апреля 2025 года", "31 апреля 2025 года", "2025-04-30"),
        ("2025-yil 30-fevraldan 5-martgacha", "2025-yil 30-fevraldan", "2025-02-28"),
        ("выручка за 31.04.2025", "31.04.2025", "2025-04-30"),
        ("Feb 29, 2025", "Feb 29, 2025", "2025-02-28"),
    ],
)
def test_a_day_that_its_month_does_not_have_is_found_with_the_last_one_of_it(text, said, last):
    (found,) = find_missing_days(text, TASHKENT, NOW)
    assert text[found.start : found.end] == said
    assert found.period.start == dt.date.fromisoformat(last)


@pytest.mark.parametrize("text", ["5 April 31 items", "31 May", "29 Feb 2024", "29 февраля", "top 30 in February", "05.03.2025"])
def test_days_that_months_have_are_not_missed(text):
    assert find_missing_days(text, TASHKENT, NOW) == []


def test_two_periods_are_found_in_order_with_their_places():
    text = "сравни октябрь с сентябрём"
    first, second = find(text, TASHKENT, NOW)
    assert text[first.start : first.end] == "октябрь"
    assert (first.period.start.month, second.period.start.month) == (10, 9)


@pytest.mark.parametrize(
    "text",
    [
        "Q3 and Q2 2025", "3 и 2 квартал 2025", "2025-yil 3 va 2-chorak", "2025 Q3 vs Q2",
    ],
)  # fmt: skip
def test_a_year_that_is_said_once_is_that_of_both(text: str) -> None:
    first, second = find(text, TASHKENT, NOW)
    assert (first.period.start, second.period.start) == (dt.date(2025, 7, 1), dt.date(2025, 4, 1))


def test_a_month_beside_the_same_of_another_year_keeps_its_own() -> None:
    first, second = find("октябрь к октябрю прошлого года", TASHKENT, NOW)
    assert (first.period.start, second.period.start) == (dt.date(2026, 10, 1), dt.date(2025, 10, 1))


@pytest.mark.parametrize("text", ["top 3 months of 2025", "лучшие 3 месяца 2025 года"])
def test_the_best_months_are_not_the_first_ones(text: str) -> None:
    (found,) = find(text, TASHKENT, NOW)
    assert found.period == Period(dt.date(2025, 1, 1), dt.date(2026, 1, 1), "year")


def test_what_no_calendar_has_is_no_date() -> None:
    assert find_no_dates("revenue on 45.13.2025 or 05.10.2026") == ["45.13.2025"]


def test_a_range_that_crosses_new_year_takes_the_year_before():
    (found,) = find("с октября по январь", TASHKENT, NOW)
    assert found.period == Period(dt.date(2025, 10, 1), dt.date(2026, 2, 1), "month")


def test_the_zone_decides_which_day_it_is():
    assert named("today", Calendar("UTC"), NOW).start == dt.date(2026, 11, 20)
    assert named("today", TASHKENT, NOW).start == dt.date(2026, 11, 21)


def test_the_first_weekday_decides_where_a_week_begins():
    assert named("this_week", Calendar(first_weekday=6), NOW).start == dt.date(2026, 11, 15)


@pytest.mark.parametrize("name", ["", "last_0_days", "next_month", "last_x_days", "this_day_"])
def test_an_unknown_name_is_refused(name):
    with pytest.raises(ValueError, match="unknown period"):
        named(name, TASHKENT, NOW)


@given(day=DAYS, unit=UNITS, weekday=st.integers(0, 6))
def test_every_day_is_in_exactly_one_unit_and_units_are_contiguous(day: dt.date, unit: Unit, weekday: int):
    period = around(day, unit, weekday)
    assert day in period
    assert period.end not in period
    assert around(period.end, unit, weekday).start == period.end
    assert around(period.start, unit, weekday) == period == around(period.end - dt.timedelta(days=1), unit, weekday)


@given(first=DAYS, second=DAYS, unit=UNITS)
def test_units_keep_the_order_of_days(first: dt.date, second: dt.date, unit: Unit):
    if first <= second:
        assert around(first, unit) <= around(second, unit)


@given(day=DAYS, unit=UNITS, count=st.integers(1, 12))
def test_the_previous_period_ends_where_the_period_begins(day: dt.date, unit: Unit, count: int):
    period = around(day, unit, count=count)
    before = previous(period)
    assert before.end == period.start
    assert shift(before.start, unit, count) == period.start


@given(day=DAYS, unit=UNITS)
def test_a_running_period_compares_with_as_many_days_of_the_one_before(day: dt.date, unit: Unit):
    period = around(day, unit)
    whole, before = previous(period), previous(period, day)
    begun = (day - period.start).days + 1
    assert before.start == whole.start
    assert before.days == (whole.days if begun == period.days else min(begun, whole.days))


@given(text=st.text(max_size=60))
@example(text="Ъ")
def test_any_text_can_be_searched(text: str):
    for found in find(text, TASHKENT, NOW):
        assert found.period.start < found.period.end
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    ("phrase", "en", "ru", "uz"),
    [
        ("last month", "October 2026", "октябрь 2026 г.", "2026-yil oktabr"),
        ("2025", "2025", "2025 год", "2025-yil"),
        ("Q3 2026", "Q3 2026", "3-й квартал 2026 г.", "2026-yil 3-chorak"),
        ("last 3 months", "September – November 2026", "сентябрь – ноябрь 2026 г.", "2026-yil sentabr – noyabr"),
        ("last week", "November 9–15, 2026", "9–15 ноября 2026 г.", "2026-yil 9–15-noyabr"),
        ("yesterday", "November 20, 2026", "20 ноября 2026 г.", "2026-yil 20-noyabr"),
        ("since March", "March 1 – November 21, 2026", "1 марта – 21 ноября 2026 г.", "2026-yil 1-mart – 21-noyabr"),
        ("all time", "all time", "всё время", "butun davr"),
    ],
)
def test_a_period_is_said_in_every_language(phrase, en, ru, uz):
    period = find(phrase, TASHKENT, NOW)[0].period
    assert [period_text(period, locale) for locale in ("en", "ru", "uz")] == [en, ru, uz]


def test_the_days_of_a_month_are_said():
    assert dates_text(named("last_month", TASHKENT, NOW), "ru") == "1–31 октября 2026 г."
