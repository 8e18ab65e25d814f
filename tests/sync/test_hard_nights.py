"""Runs that stop at a bad moment, and what people change until the next: the promises of sync hold all the same."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.sync.queue_world import DAY, FIRST_NIGHT, World, world
from toolkit.cli import cli
from toolkit.errors import WrongSettings
from toolkit.progress import Listener, Progress
from toolkit.sync.record import Summary, read_summaries
from toolkit.sync.stage import Tell
from toolkit.sync.steps import Counts, Step


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[World]:
    """60 contacts on both sides, after a first night; a night is long enough for all of them."""
    with world(tmp_path, 60, limit=6_000, seconds=60) as found:
        assert found.night().summary.state == "verified"
        yield found


def update(nights: World) -> None:
    """Change all contacts in Salesforce; a day passes."""
    nights.mass_update()
    nights.clock.set(FIRST_NIGHT + 2 * DAY)


def settle(nights: World, old: str, new: str, file: str = "sync.yaml") -> None:
    """Change settings or mapping."""
    text = (nights.home / file).read_text()
    assert old in text
    (nights.home / file).write_text(text.replace(old, new))


def behind(stage: str) -> Tell:
    """Ctrl-C when a stage has just ended."""

    def tell(_: str, sentence: str) -> None:
        if sentence.startswith(f"{stage}: {{"):
            raise KeyboardInterrupt

    return tell


def amid(stage: str, done: int = 0) -> Listener:
    """Ctrl-C when a stage has come so far."""

    def listen(progress: Progress) -> None:
        if progress.stage == stage and progress.done >= done:
            raise KeyboardInterrupt

    return listen


def last(nights: World) -> Summary:
    return read_summaries(nights.home / "runs")[-1]


def names(nights: World) -> set[str]:
    """The first words of the names of all contacts in Front."""
    return {each["name"].partition(" ")[0] for each in nights.sandbox.store.contacts()}


def by_hand(nights: World, line: str, *more: str) -> Result:
    """Do a stage as the log says."""
    urls = {"SF2FRONT_FRONT_URL": nights.sandbox.url, "SF2FRONT_SALESFORCE_URL": nights.sandbox.url}
    tokens = {"SF2FRONT_FRONT_TOKEN": "sandbox", "SF2FRONT_SALESFORCE_TOKEN": "00D000000000001!sandbox"}
    return CliRunner().invoke(cli, [*shlex.split(line)[1:], *more], env=urls | tokens)


def test_a_guard_that_is_tightened_holds_a_run_that_has_sent_nothing(nights: World):
    """Somebody saw the plan, stopped the run and set a guard: going on with the run is not going past the guard."""
    settle(nights, "10%", "100%")
    update(nights)
    with pytest.raises(KeyboardInterrupt):
        nights.night(tell=behind("plan"))
    settle(nights, "100%", "10%")

    assert (nights.night().summary.state, nights.sent.requests) == ("held", 0)


def test_a_mapping_that_was_taken_back_is_made_good(nights: World):
    """What a run sent by another mapping is put right by the next one, though nothing changed in Salesforce."""
    settle(nights, "10%", "100%")
    settle(nights, "{LastName}", "Wrong {LastName}", "mapping.yaml")
    nights.clock.set(FIRST_NIGHT + 2 * DAY)
    with pytest.raises(KeyboardInterrupt):
        nights.night(on_progress=amid("replay", 20))
    assert names(nights) == {"Wrong", "Person"}
    settle(nights, "Wrong {LastName}", "{LastName}", "mapping.yaml")
    nights.clock.set(FIRST_NIGHT + 3 * DAY)

    assert (nights.night().summary.state, names(nights)) == ("verified", {"Person"})
    nights.clock.set(FIRST_NIGHT + 4 * DAY)
    assert nights.night().summary.stages["export"]["rows"] == 0


def test_a_run_that_was_killed_amid_its_replay_has_sent_something(nights: World):
    """An approval from before it is void, as after one that went well."""
    update(nights)
    held = nights.night()
    settle(nights, "10%", "100%")
    with pytest.raises(KeyboardInterrupt):
        nights.night(on_progress=amid("replay", 20))
    nights.clock.set(FIRST_NIGHT + 3 * DAY)

    with pytest.raises(WrongSettings, match="other runs have sent something"):
        nights.night(approve=held.summary.run)


def test_an_approval_that_stands_in_a_crontab_approves_once(nights: World):
    """Else the guards would let pass for ever whatever the held plan names."""
    update(nights)
    held = nights.night().summary.run
    assert nights.night(approve=held).summary.state == "verified"
    nights.clock.set(FIRST_NIGHT + 3 * DAY)

    with pytest.raises(WrongSettings, match="has been verified since"):
        nights.night(approve=held)


@pytest.mark.parametrize("change", ["full_after", "base"])
def test_what_has_begun_to_send_goes_on_with_its_plan(nights: World, change: str):
    """Whatever a new look would rest on by now: full_after was changed, or the run before was removed to make room."""
    settle(nights, "10%", "100%")
    update(nights)
    with pytest.raises(KeyboardInterrupt):
        nights.night(on_progress=amid("replay", 20))
    if change == "full_after":
        settle(nights, "365d", "1d")
    else:
        (first, _) = read_summaries(nights.home / "runs")
        (nights.home / "runs" / first.run / "before.ndjson").unlink()

    done = nights.night().summary
    assert (done.state, done.resumed, nights.unlike(), nights.sent.wrong) == ("verified", 1, [], [])


def test_a_snapshot_that_was_begun_on_another_is_begun_anew(nights: World):
    """Amid it full_after was changed: nobody needs to give up what it had read."""
    settle(nights, "10%", "100%")
    update(nights)
    with pytest.raises(KeyboardInterrupt):
        nights.night(on_progress=amid("snapshot"))
    settle(nights, "365d", "1d")

    done = nights.night().summary
    assert (done.state, done.resumed, nights.unlike()) == ("verified", 1, [])


def test_a_queue_whose_plan_is_gone_is_planned_anew(nights: World):
    """Somebody made room: there are no places in the queue any more, and guards judge all of it."""
    settle(nights, "10%", "100%")
    update(nights)
    with pytest.raises(KeyboardInterrupt):
        nights.night(on_progress=amid("replay", 20))
    (nights.home / "runs" / last(nights).run / "plan.ndjson").unlink()
    nights.clock.set(FIRST_NIGHT + 3 * DAY)

    assert (nights.night().summary.state, nights.unlike()) == ("verified", [])


def test_a_snapshot_that_somebody_changed_is_not_gone_on_from(nights: World):
    """The night does without it: it looks at everything."""
    before = nights.home / "runs" / last(nights).run / "before.ndjson"
    before.write_bytes(before.read_bytes() + b"\n")
    nights.change(next(iter(nights.versions)))
    nights.clock.set(FIRST_NIGHT + 2 * DAY)

    done = nights.night().summary
    assert (done.state, done.stages["export"]["rows"], nights.unlike()) == ("verified", 60, [])


STAGES = ("export", "transform", "before", "plan", "replay", "after", "verify")


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_done_by_hand_as_the_log_says(nights: World, stage: str, monkeypatch: pytest.MonkeyPatch):
    """The run goes on behind it."""
    settle(nights, "10%", "100%")
    update(nights)
    real, told, begun = Step.do, list[str](), list[str]()

    def do(step: Step, command: tuple[str, ...]) -> Counts:
        begun.append(step.stage)
        if len(begun) > STAGES.index(stage):
            raise KeyboardInterrupt
        return real(step, command)

    with monkeypatch.context() as patched:
        patched.setattr(Step, "do", do)
        with pytest.raises(KeyboardInterrupt):
            nights.night(tell=lambda _, sentence: told.append(sentence))
    assert by_hand(nights, told[-1].partition("by hand: ")[2]).exit_code == 0
    done = nights.night(tell=lambda _, sentence: told.append(sentence)).summary

    assert (done.state, done.resumed, nights.unlike()) == ("verified", 1, [])
    assert f"{stage}: done before" in told


def test_a_plan_by_hand_is_gone_on_with_under_the_guards(nights: World):
    """The log says the command of the stage at which a run stopped."""
    update(nights)
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        nights.night(tell=lambda _, sentence: told.append(sentence), on_progress=amid("plan"))
    line = told[-1].partition("by hand: ")[2]
    assert by_hand(nights, line).exit_code == 0
    assert (nights.night().summary.state, nights.sent.requests) == ("held", 0)


def test_a_replay_by_hand_that_left_something_moves_no_watermark(nights: World):
    """What it left waits for the next run."""
    settle(nights, "10%", "100%")
    update(nights)
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        nights.night(tell=lambda _, sentence: told.append(sentence), on_progress=amid("replay", 20))
    line = told[-1].partition("by hand: ")[2]
    assert by_hand(nights, line, "--limit", "5").exit_code == 0
    states = [nights.night().summary.state]
    nights.clock.set(FIRST_NIGHT + 3 * DAY)
    states.append(nights.night().summary.state)

    assert (states, nights.unlike()) == (["queued", "verified"], [])
