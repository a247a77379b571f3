"""The runs that prove the book's claims: what they leave behind, and the page that is written from it."""

from pathlib import Path

import pytest

from benchmarks.book import lessons, page, results
from benchmarks.book.__main__ import main
from benchmarks.book.claims import CLAIMS, Claim, Run, Shown

SHOWN = Shown("test", "test")
TESTS = Path(__file__).parent


def a_claim(why: str = "") -> Claim:
    def measure(run: Run) -> dict[str, float]:
        """So many
        epochs."""
        return {"test": 0.99}

    return Claim("a_claim", "99 %.", measure, lambda numbers: numbers["test"] >= 0.99, (SHOWN,), why=why)


def test_every_claim_belongs_to_one_lesson_and_says_what_is_run() -> None:
    named = [name for lesson in lessons.LESSONS for name in lesson.claims]
    assert sorted(named) == sorted(CLAIMS)
    assert all(claim.recipe.endswith(".") and claim.says.endswith(".") for claim in CLAIMS.values())


def test_the_tests_that_prove_a_lesson_exist() -> None:
    missing = {name for lesson in lessons.LESSONS for name in lesson.tests if not (TESTS / name).is_file()}
    assert not missing


def test_every_lesson_has_a_proof_or_says_why_it_has_none() -> None:
    assert all(lesson.claims or lesson.tests or lesson.note for lesson in lessons.LESSONS)


def test_the_verdict_says_in_how_many_runs_a_claim_holds() -> None:
    claim = a_claim()
    good, bad = {"test": 0.99}, {"test": 0.98}
    assert page.verdict(claim, {1: good, 2: good, 3: good}) == "yes"
    assert page.verdict(claim, {1: bad, 2: good, 3: good}) == "**in 2 of 3**"
    assert page.verdict(claim, {1: bad, 2: bad, 3: bad}) == "**no**"
    assert page.verdict(claim, {1: good}) == "yes (1 of 3 runs so far)"
    assert page.verdict(claim, {}) == "not run yet"


def test_a_number_is_shown_with_its_median_and_range() -> None:
    runs = {seed: {"test": share} for seed, share in enumerate((0.991, 0.985, 0.99), start=1)}
    assert page.spread(SHOWN, runs) == "99.00 % (98.50–99.10)"
    assert page.spread(Shown("test", "loss", "small"), {1: {"test": 2.1e-12}}) == "2.1e-12"
    assert a_claim().recipe == "So many epochs."


def test_results_are_kept_line_by_line_and_the_last_run_of_a_seed_counts(tmp_path: Path) -> None:
    path = tmp_path / "book.jsonl"
    assert results.read(path) == {}
    for seed, share in ((1, 0.5), (2, 0.6), (1, 0.7)):
        results.append(path, "dropout", seed, {"train": share}, 1.23456)
    assert results.read(path) == {"dropout": {1: {"train": 0.7}, 2: {"train": 0.6}}}
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_what_was_written_by_hand_survives_new_results(tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    path.write_text(f"# Ours\n\n{page.BEGIN}\nold\n{page.END}\n\n## Notes\n", encoding="utf-8")
    found = {"two_layer_net": {1: {"train": 0.95, "test": 0.947, "gap": 0.004}}}
    page.write(path, found)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Ours\n") and text.endswith("\n\n## Notes\n") and "\nold\n" not in text
    assert "training: 95.00 %; test: 94.70 %" in text and "not run yet" in text
    path.write_text("no marks", encoding="utf-8")
    with pytest.raises(ValueError, match="no marks"):
        page.write(path, found)


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {"results": "book.jsonl", "page": "book.md", "models": "models"}
    places = [word for name, file in names.items() for word in (f"--{name}", str(tmp_path / file))]
    there = {shown.name: 0.25 for shown in CLAIMS["activations"].shown}
    results.append(tmp_path / "book.jsonl", "activations", 1, there, 0)
    assert main(["--only", "activations", "--seeds", "2", *places]) == 0
    kept = results.read(tmp_path / "book.jsonl")["activations"]
    assert kept[1] == there and CLAIMS["activations"].holds(kept[2])
    assert "seed 2: holds" in capsys.readouterr().err


def test_a_quick_look_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "book.jsonl"
    assert main(["--only", "activations", "--quick", "--results", str(path), "--models", str(tmp_path / "no")]) == 0
    assert not list(tmp_path.iterdir())
