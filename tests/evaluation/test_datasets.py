"""A suite's own dataset is put in place in a scratch directory, and everything wrong with it is told before anything is asked."""

import datetime as dt
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from app import database, evaluating
from app import settings as settings_module
from app.evaluation import suite_file
from app.evaluation.dataset_file import FaultyData, build
from app.evaluation.holding import Evaluation, Outcome
from app.evaluation.suite import Dataset
from app.evaluation.suite_file import FaultySuite
from tests.servers import ROOT, bichat

CHINOOK = ROOT.parent / "shared" / "data" / "chinook.sqlite"
SCHEMA = "CREATE TABLE sales (day TEXT NOT NULL, city TEXT NOT NULL, amount INTEGER NOT NULL);\n"
DATA = """-- What was sold; by day.
BEGIN;
INSERT INTO sales VALUES ('2013-11-05', 'Buxoro; old town', 120), ('2013-11-30', 'Samarqand', 30);
INSERT INTO sales VALUES ('2013-12-01', 'Samarqand', 7000);
COMMIT;
"""
CITIES = 'city,people,share,note\nSamarqand,500000,0.5,\n\nBuxoro,280000,1,"old,\ntown"\n'
QUERY = """-- <query name>{name}</query name>
-- <query title>Sales</query title>
-- <query title ru>Продажи</query title ru>
-- <query title uz>Savdo</query title uz>
-- <query description>What was sold in a period.</query description>
-- <query description ru>Сколько продано за период.</query description ru>
-- <query description uz>Davrda qancha sotilgan.</query description uz>
-- <question en>sales</question en>
-- <question ru>продажи</question ru>
-- <question uz>savdo</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="sales" en="Sales" ru="Продажи" uz="Savdo" />
-- <answer en>Sales for {{period}} were **{{first:sales}}**.</answer en>
-- <answer ru>Продажи за {{period}}: **{{first:sales}}**.</answer ru>
-- <answer uz>{{period}} uchun savdo: **{{first:sales}}**.</answer uz>
SELECT SUM({amount}) AS sales FROM {table} WHERE {day} >= :period_from AND {day} < :period_to;
"""
SUITE = """name = "shop"
person = "ann@shop.test"
[dataset]
{dataset}
[[dataset.people]]
email = "ann@shop.test"
[facts.sales]
sql = "SELECT SUM({amount}) FROM {table} WHERE {day} >= :last_month_from AND {day} < :last_month_to"
[[conversations]]
name = "sales"
[[conversations.turns]]
ask.en = "sales last month"
ask.ru = "продажи за прошлый месяц"
ask.uz = "oʻtgan oyda savdo"
facts = ["sales"]
"""
OWN = {"table": "sales", "day": "day", "amount": "amount"}
WHOLE = 'sql = ["schema.sql", "data.sql"]\ncsv.cities = "cities.csv"\nknowledge = "knowledge"\ntoday = 2013-12-02'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a suite's files."""
    files = {"schema.sql": SCHEMA, "data.sql": DATA, "cities.csv": CITIES}
    files["knowledge/queries/sales.sql"] = QUERY.format(name="sales", **OWN)
    put(tmp_path / "suite", files)
    return tmp_path / "suite"


def put(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def suite(folder: Path, dataset: str = WHOLE, **words: str) -> Path:
    put(folder, {"suite.toml": SUITE.format(dataset=dataset, **{**OWN, **words})})
    return folder / "suite.toml"


async def held(path: Path, data_dir: Path) -> list[Outcome]:
    """Hold a suite on its dataset."""
    values = {"BICHAT_DATA_DIR": str(data_dir), "BICHAT_MODEL": "offline", "BICHAT_AUTOMATIC_TITLES": "false"}
    settings = settings_module.load({**values, "LOG_LEVEL": "ERROR", **evaluating.of_dataset(data_dir)})
    loaded, places = suite_file.load(path)
    async with evaluating.scratch(settings, loaded, places) as desk:
        return await Evaluation(desk, loaded, places).run(lambda _: None)


async def faults(path: Path, data_dir: Path) -> list[str]:
    with pytest.raises(FaultySuite) as caught:
        await held(path, data_dir)
    return [fault.removeprefix(f"{path.parent}/") for fault in caught.value.faults]


async def test_an_own_dataset_is_asked_on_its_own_day(folder: Path, data_dir: Path) -> None:
    outcomes = await held(suite(folder), data_dir)
    assert [outcome.wrong for outcome in outcomes] == [(), (), ()]
    assert all("150" in outcome.answer for outcome in outcomes)
    assert abs(database.now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


async def test_without_a_day_of_its_own_old_data_have_no_last_month(folder: Path, data_dir: Path) -> None:
    path = suite(folder, WHOLE.replace("today = 2013-12-02", ""))
    assert await faults(path, data_dir) == ["suite.toml:14: conversations[0].turns[0]: the data give nothing for [facts.sales]"]


@pytest.mark.skipif(not CHINOOK.exists(), reason="the Chinook database is not beside the project")
async def test_a_database_that_nobody_here_made_up_is_copied_and_asked(folder: Path, data_dir: Path) -> None:
    shutil.copy(CHINOOK, folder / "music.sqlite")
    words = {"table": "Invoice", "day": "InvoiceDate", "amount": "Total"}
    put(folder, {"knowledge/queries/sales.sql": QUERY.format(name="sales", **words)})
    path = suite(folder, 'sqlite = "music.sqlite"\nknowledge = "knowledge"\ntoday = 2025-12-15', **words)
    outcomes = await held(path, data_dir)
    assert [outcome.wrong for outcome in outcomes] == [(), (), ()]
    assert (folder / "music.sqlite").read_bytes() == CHINOOK.read_bytes()


def test_tables_come_from_scripts_and_from_csv(folder: Path, tmp_path: Path) -> None:
    put(folder, {"more.csv": "amount,city,day\n12,Xiva,2013-10-01\n"})
    scripts = str(folder / "schema.sql"), str(folder / "data.sql")
    tables = {"cities": str(folder / "cities.csv"), "sales": str(folder / "more.csv")}
    build(Dataset(sql=scripts, csv=tables), tmp_path / "made.sqlite")
    with closing(sqlite3.connect(tmp_path / "made.sqlite")) as connection:
        assert connection.execute("SELECT * FROM cities").fetchall() == [
            ("Samarqand", 500_000, 0.5, None), ("Buxoro", 280_000, 1.0, "old,\ntown"),
        ]  # fmt: skip
        assert connection.execute("SELECT COUNT(*), SUM(amount) FROM sales").fetchone() == (4, 7162)


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("data.sql", "SELECT\n ';';\n\n/* of ; the\nday */ INSERT INTO sails VALUES (1);", "5: no such table: sails"),
        ("data.sql", "SELECT 1;\nSELEC 2", '2: near "SELEC"'),
        ("data.sql", "SELECT 1;\nATTACH 'other.sqlite' AS other;", "2: not authorized"),
        ("data.sql", "VACUUM INTO 'other.sqlite';", "1: authorization denied"),
        ("cities.csv", "city,people\nBuxoro\n", "2: there are 1 cells under 2 names"),
        ("cities.csv", "city,City\n", "1: the first line must name each column"),
        ("cities.csv", 'city\n"Buxoro" x\n', "2: "),
        ("sales.csv", "day,city,amount\n2013-11-05,Buxoro,1\n2013-11-05,Buxoro,\n", "3: NOT NULL constraint failed"),
        ("sales.csv", "day,town\n2013-11-05,Buxoro\n", "1: table sales has no column named town"),
        ("sales.csv", "day,town\n", "1: table sales has no column named town"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_data_is_told_by_its_line(folder: Path, tmp_path: Path, name: str, text: str, place: str) -> None:
    put(folder, {name: text})
    tables = {path.stem: str(path) for path in sorted(folder.glob("*.csv"))}
    with pytest.raises(FaultyData) as caught:
        build(Dataset(sql=(str(folder / "schema.sql"), str(folder / "data.sql")), csv=tables), tmp_path / "made.sqlite")
    assert str(caught.value).startswith(f"{folder / name}:{place}")
    assert not Path("other.sqlite").exists()


async def test_what_is_not_there_is_told_with_all_else(folder: Path, data_dir: Path) -> None:
    path = suite(folder, 'sqlite = "no.sqlite"\nsql = ["no.sql"]\ncsv.cities = "no.csv"\nknowledge = "no"')
    path.write_text(path.read_text().replace('name = "sales"\n', 'name = "sales"\nperson = "bob@shop.test"\n'))
    found = await faults(path, data_dir)
    assert found[0] == "suite.toml:12: conversations[0]: there is nobody with the address 'bob@shop.test'"
    assert found[1:] == [
        *(f"suite.toml:3: dataset: {key}: there is no file {folder}/no.{end}"
          for key, end in (("sqlite", "sqlite"), ("sql", "sql"), ("csv.cities", "csv"))),
        f"suite.toml:3: dataset: knowledge: there is no folder {folder}/no",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dataset", "fault"),
    [
        ("", "3: dataset: there must be data: name sqlite, sql or csv"),
        ('sequel = ["schema.sql"]', "3: dataset: Object contains unknown field `sequel`"),
        ('sql = ["schema.sql"]\ncurrency = "dollars"', "3: dataset: currency: "),
        ('sql = ["schema.sql"]\n[[dataset.people]]\nemail = "bob@a.test"\nrole = "Boss"', "5: dataset.people[0]: role: Invalid"),
        ('sql = ["schema.sql"]\ntoday = 9999-12-31', "3: dataset: today: the day must be from 1970-01-01 to 2100-12-31"),
        ('sql = ["schema.sql"]\ntoday = 0001-01-01', "3: dataset: today: the day must be from 1970-01-01 to 2100-12-31"),
        ('sql = ["schema.sql"]\ntime_zone = "Mars"', "3: dataset: Mars is not an IANA time zone"),
        ('sql = ["schema.sql"]\n[[dataset.people]]\nemail = "ann@shop.test"', "7: dataset.people[1]: There is a person"),
    ],
)  # fmt: skip
async def test_a_faulty_table_is_told_by_its_line(folder: Path, data_dir: Path, dataset: str, fault: str) -> None:
    found = await faults(suite(folder, dataset), data_dir)
    assert [each for each in found if each.startswith(f"suite.toml:{fault}")], found


async def test_files_outside_the_folder_of_the_suite_are_refused(folder: Path, data_dir: Path, tmp_path: Path) -> None:
    put(tmp_path, {"own/secret.csv": "word\nopen sesame\n", "own/knowledge/secret.md": "open sesame"})
    (folder / "link.csv").symlink_to(tmp_path / "own" / "secret.csv")
    (folder / "knowledge" / "link").symlink_to(tmp_path / "own" / "knowledge")
    paths = [str(tmp_path / "own" / "secret.csv"), "../own/secret.csv", "link.csv"]
    tables = "\n".join(f'csv.t{at} = "{path}"' for at, path in enumerate(paths))
    found = await faults(suite(folder, f'sql = ["schema.sql"]\n{tables}\nknowledge = "knowledge"'), data_dir)
    assert found == [
        *(
            f"suite.toml:3: dataset: csv.t{at}: {folder / path} is not in the folder of the suite"
            for at, path in enumerate(paths)
        ),
        f"suite.toml:3: dataset: knowledge: {folder}/knowledge/link is not in the folder of the suite",
    ]
    found = await faults(suite(folder, 'sql = ["schema.sql"]\nknowledge = "../own/knowledge"'), data_dir)
    assert found == [f"suite.toml:3: dataset: knowledge: {folder}/../own/knowledge is not in the folder of the suite"]


@pytest.mark.parametrize("is_open", [True, False], ids=["in use", "closed"])
def test_a_database_with_a_write_ahead_log_is_copied_and_nothing_left_beside_it(
    folder: Path, tmp_path: Path, *, is_open: bool
) -> None:
    with closing(sqlite3.connect(folder / "shop.sqlite", isolation_level=None)) as owner:
        owner.executescript(f"PRAGMA journal_mode=WAL; {SCHEMA} INSERT INTO sales VALUES ('2013-11-05', 'Xiva', 7);")
        if not is_open:
            owner.close()
        before = {path.name: path.read_bytes() for path in folder.glob("shop.*")}
        assert ("shop.sqlite-wal" in before) == is_open
        build(Dataset(sqlite=str(folder / "shop.sqlite")), tmp_path / "made.sqlite")
        assert {path.name: path.read_bytes() for path in folder.glob("shop.*")} == before
    with closing(sqlite3.connect(tmp_path / "made.sqlite")) as connection:
        assert connection.execute("SELECT * FROM sales").fetchall() == [("2013-11-05", "Xiva", 7)]


async def test_a_file_that_is_no_database_is_told(folder: Path, data_dir: Path) -> None:
    put(folder, {"no.sqlite": "certainly no database, however long it goes on" * 20})
    assert await faults(suite(folder, 'sqlite = "no.sqlite"'), data_dir) == ["no.sqlite: file is not a database"]


def test_faulty_data_and_knowledge_are_wrong_usage(folder: Path, tmp_path: Path) -> None:
    put(folder, {"knowledge/queries/sales.sql": QUERY.format(name="sales", table="sails", day="day", amount="amount")})
    path = suite(folder)
    held = bichat("eval", "run", "--suite", str(path), data_dir=tmp_path)
    assert (held.returncode, held.stdout) == (2, "")
    assert f"{folder}/knowledge/queries/sales.sql:16: sales: " in held.stderr
    put(folder, {"data.sql": "INSERT INTO sails VALUES (1);"})
    held = bichat("eval", "run", "--suite", str(path), data_dir=tmp_path)
    assert held.returncode == 2
    assert held.stderr.splitlines()[-1] == f"{folder}/data.sql:1: no such table: sails"


def test_the_command_holds_a_suite_on_its_own_dataset(folder: Path, tmp_path: Path) -> None:
    held = bichat("eval", "run", "--suite", str(suite(folder)), data_dir=tmp_path)
    assert (held.returncode, held.stderr.count("passed sales/1/")) == (0, 3), held.stderr
    assert "making its own data" in held.stderr
