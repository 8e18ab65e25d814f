"""Where tokens come from, and that they don't show."""

from pathlib import Path

import pytest

from toolkit.errors import WrongSettings
from toolkit.settings import FrontSettings, Secret, load


def settings_file(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text)
    return path


def test_a_secret_shows_only_when_asked():
    """repr, str and a traceback's view of the settings show stars."""
    settings = FrontSettings(Secret("t0ken"))

    assert "t0ken" not in f"{settings} {settings!r} {settings.token} {settings.token!r}"
    assert settings.token.reveal() == "t0ken"


@pytest.mark.parametrize("source", ["{env: MY_TOKEN}", "{file: token.txt}", "{command: \"sh -c 'printf t0ken'\"}"])
def test_a_token_comes_from_where_the_settings_say(source: str, tmp_path: Path):
    """An environment variable, a file beside the settings, or a command."""
    (tmp_path / "token.txt").write_text("t0ken\n")
    path = settings_file(tmp_path, f"front:\n  token: {source}\n  share: 0.25\n")

    front = load(path, {"MY_TOKEN": "t0ken"}).front()

    assert (front.token.reveal(), front.share) == ("t0ken", 0.25)


def test_the_environment_wins_over_the_file(tmp_path: Path):
    """What is set for this run goes before what the file says."""
    path = settings_file(tmp_path, "front:\n  url: https://file.example\n  token: {env: OTHER}\n")

    front = load(path, {"SF2FRONT_FRONT_URL": "https://env.example", "SF2FRONT_FRONT_TOKEN": "a"}).front()

    assert (front.url, front.token.reveal()) == ("https://env.example", "a")


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("", {}, "no Front API token is known"),
        ("front: {token: {command: 'false'}}", {}, "the command that should print the token failed"),
        ("front: {token: {file: missing.txt}}", {}, "can't be read"),
        ("", {"SF2FRONT_FRONT_TOKEN": "two words"}, "has spaces, line breaks"),
        ("front: {token: secret}", {}, "is not a valid settings file"),
        ("fronte: {}", {}, "is not a valid settings file"),
    ],
)
def test_what_is_missing_or_wrong_is_said(text: str, environment: dict[str, str], words: str, tmp_path: Path):
    """Each mistake gives WrongSettings, and never the token."""
    with pytest.raises(WrongSettings, match=words) as caught:
        load(settings_file(tmp_path, text), environment).front()

    assert "two words" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "text",
    [
        "front: {token: xoxb-4711}",
        "salesforce: {token: {xoxb-4711: }}",
        "salesforce: {login: {method: client_credentials, client_id: a, client_secret: [xoxb-4711]}}",
        "salesforce: {login: {method: refresh_token, client_id: a, refresh_token: xoxb-4711}}",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(text: str, tmp_path: Path):
    """Whoever writes the token itself into the settings is told so, and the log does not hold it."""
    with pytest.raises(WrongSettings) as caught:
        load(settings_file(tmp_path, text), {})

    told = " ".join(map(str, caught.value.problems))
    assert ("xoxb-4711" in told, "is found" in told) == (False, True)
