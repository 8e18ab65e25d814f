"""What an operation means in requests, answer by answer."""

from pathlib import Path
from typing import Any

import pytest

from toolkit.exchange import Answer, Request
from toolkit.operation import operation
from toolkit.replay.interpret import interpret
from toolkit.replay.journal import Journal
from toolkit.replay.steps import Effect, Ending, Known, OnExisting, Past

ADA = {"source": "email", "handle": "ada@example.com"}
THERE = {"id": "crd_7", "name": "Ada", "links": [], "handles": [ADA], "lists": [], "custom_fields": {"Color": "blue"}}
CONFLICT = {"_error": {"status": 409, "message": "Your request contains a conflict with the contact(s): crd_7"}}
LISTS = {"_results": [{"id": "grp_1", "name": "VIPs"}], "_pagination": {"next": None}}

Script = list[tuple[str, Answer]]


def play(data: dict[str, Any], script: Script, known: Known | None = None, past: Past | None = None) -> Ending:
    """Drive an interpretation through a script of ``METHOD path`` and answer; all of it must be used."""
    steps = interpret(operation(1, data), known or Known(), past or Past())
    sent: list[Request] = []
    try:
        request = next(steps)
        while True:
            sent.append(request)
            expected, answer = script[len(sent) - 1] if len(sent) <= len(script) else ("nothing more", Answer(500))
            assert f"{request.method} {request.path}" == expected
            request = steps.send(answer)
    except StopIteration as end:
        assert len(sent) == len(script)
        ending: Ending = end.value
        return ending


def create(**body: Any) -> dict[str, Any]:
    return {"key": "1", "op": "contact.create", "body": {"handles": [ADA]} | body}


ALIAS = "GET /contacts/alt:email:ada%40example.com"


def test_a_create_is_one_request():
    """The id of the answer is the ending's."""
    assert play(create(), [("POST /contacts", Answer(201, {"id": "crd_1"}))]) == Ending(Effect.CREATED, "crd_1")


def test_a_contact_that_is_there_is_completed():
    """409 names it; it is read, its custom fields are merged, and only what it lacks is written."""
    body = {"name": "Ada L.", "custom_fields": {"Tier": "gold"}, "list_names": ["VIPs"]}
    script = [
        ("GET /contact_lists", Answer(200, LISTS)),
        ("POST /contacts", Answer(409, CONFLICT)),
        ("GET /contacts/crd_7", Answer(200, THERE)),
        ("PATCH /contacts/crd_7", Answer(204)),
        ("POST /contact_lists/grp_1/contacts", Answer(204)),
    ]

    assert play(create(**body), script) == Ending(Effect.UPDATED, "crd_7")


@pytest.mark.parametrize(
    ("cleared", "written", "effect"),
    [("Color", [("PATCH /contacts/crd_7", Answer(204))], Effect.UPDATED), ("Tier", [], Effect.UNCHANGED)],
)
def test_an_upsert_clears_what_it_names(cleared: str, written: Script, effect: Effect):
    """A contact that is there loses the field, and nothing is written where the field is clear already."""
    script = [("POST /contacts", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(200, THERE)), *written]
    upsert = create() | {"op": "contact.upsert", "clear": [cleared]}

    assert play(upsert, script) == Ending(effect, "crd_7")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (OnExisting.SKIP, Ending(Effect.UNCHANGED, "crd_7")),
        (OnExisting.FAIL, Ending(code="exists", message="the contact is there already: crd_7")),
    ],
)
def test_a_contact_that_is_there_may_be_left_alone(choice: OnExisting, expected: Ending):
    """With skip or fail nothing is written."""
    script = [("POST /contacts", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(200, THERE))]

    assert play(create(name="Ada L."), script, Known(on_existing=choice)) == expected


@pytest.mark.parametrize("choice", list(OnExisting))
@pytest.mark.parametrize("op", ["contact.upsert", "contact.create"])
def test_a_contact_with_another_external_id_is_not_taken_over(choice: OnExisting, op: str):
    """It shares a handle: it belongs to another person, and nothing is written."""
    script = [("POST /contacts", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(200, THERE))]
    wanted = create(custom_fields={"Color": "red"}) | {"op": op, "external_id": "Color"}

    assert play(wanted, script, Known(on_existing=choice)).code == "handle_of_another"


def test_a_contact_with_the_same_external_id_or_none_is_completed():
    """With the same one it is the contact that was meant; one that has none gets it."""
    for here in (THERE, THERE | {"name": "", "custom_fields": {"Color": None}}):
        script = [
            ("POST /contacts", Answer(409, CONFLICT)),
            ("GET /contacts/crd_7", Answer(200, here)),
            ("PATCH /contacts/crd_7", Answer(204)),
        ]
        wanted = create(name="Eve", custom_fields={"Color": "blue"}) | {"op": "contact.upsert", "external_id": "Color"}

        assert play(wanted, script) == Ending(Effect.UPDATED, "crd_7")


def test_handles_of_two_contacts_are_refused():
    """Which of the two is meant only a person can say."""
    both = {"_error": {"message": "Your request contains a conflict with the contact(s): crd_7, crd_8"}}
    script = [
        ("POST /contacts", Answer(409, both)),
        ("GET /contacts/crd_7", Answer(200, THERE)),
        ("GET /contacts/crd_8", Answer(200, THERE | {"id": "crd_8"})),
    ]

    assert play(create(), script).code == "several_contacts"


def test_a_lost_create_asks_and_finds_it():
    """The contact is there as asked: it is not sent again, and the ending says that it isn't certain who made it."""
    ending = play(create(), [(ALIAS, Answer(200, THERE))], past=Past(lost=True))

    assert ending == Ending(Effect.CREATED, "crd_7", certain=False)


def test_a_lost_create_asks_and_sends_when_it_is_not_there():
    """Only after Front says 404 is the create sent again."""
    script = [(ALIAS, Answer(404)), ("POST /contacts", Answer(201, {"id": "crd_9"}))]

    assert play(create(), script, past=Past(lost=True)) == Ending(Effect.CREATED, "crd_9")


def test_an_update_that_was_cut_short_goes_on():
    """After a conflict and a kill the contact is found by its handle; what was written is not written again."""
    script = [(ALIAS, Answer(200, THERE))]

    assert play(create(), script, past=Past(existed=True, wrote=True)) == Ending(Effect.UPDATED, "crd_7")


def test_a_create_whose_answer_is_in_the_journal_is_over():
    """Nothing is asked or sent."""
    assert play(create(), [], past=Past(created="crd_1")) == Ending(Effect.CREATED, "crd_1")


def test_a_refusal_keeps_status_and_words():
    """Front's own message reaches the results."""
    body = {"_error": {"status": 400, "title": "Bad request", "message": "Body did not satisfy", "details": ["no"]}}

    ending = play(create(), [("POST /contacts", Answer(400, body))])

    assert ending == Ending(status=400, code="bad_request", message="Body did not satisfy; no")


def test_an_upsert_joins_its_account():
    """The account is looked for by external id, created when missing, and asked for once a run."""
    upsert = create() | {"op": "contact.upsert", "account": {"name": "Acme", "external_id": "001/x"}}
    known = Known()
    script = [
        ("POST /contacts", Answer(201, {"id": "crd_1"})),
        ("GET /accounts/alt:ext_id:001%2Fx", Answer(404)),
        ("GET /accounts?limit=100", Answer(200, {"_results": [], "_pagination": {"next": None}})),
        ("POST /accounts", Answer(201, {"id": "acc_1"})),
        ("POST /accounts/acc_1/contacts", Answer(204)),
    ]

    assert play(upsert, script, known) == Ending(Effect.CREATED, "crd_1")
    assert play(upsert | {"key": "2"}, [script[0], script[4]], known) == Ending(Effect.CREATED, "crd_1")


@pytest.mark.parametrize(
    ("data", "script", "expected"),
    [
        (
            {"key": "1", "op": "contact.update", "contact": "crd_7", "body": {"name": "A"}},
            [("PATCH /contacts/crd_7", Answer(204))],
            Ending(Effect.UPDATED, "crd_7"),
        ),
        (
            {"key": "1", "op": "contact.delete", "contact": "crd_7"},
            [("DELETE /contacts/crd_7", Answer(404))],
            Ending(Effect.UNCHANGED, "crd_7"),
        ),
        (
            {"key": "1", "op": "handle.add", "contact": "crd_7", "body": ADA},
            [("POST /contacts/crd_7/handles", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(200, THERE))],
            Ending(Effect.UNCHANGED, "crd_7"),
        ),
        (
            {"key": "1", "op": "handle.remove", "contact": "crd_7", "body": ADA},
            [("DELETE /contacts/crd_7/handles", Answer(204))],
            Ending(Effect.UPDATED, "crd_7"),
        ),
        (
            {"key": "l", "op": "list.create", "body": {"name": "VIPs"}},
            [("GET /contact_lists", Answer(200, LISTS))],
            Ending(Effect.UNCHANGED, "grp_1"),
        ),
        (
            {"key": "l", "op": "list.remove", "list": "VIPs", "contacts": ["crd_7"]},
            [
                ("GET /contact_lists", Answer(200, LISTS)),
                ("DELETE /contact_lists/grp_1/contacts", Answer(204)),
            ],
            Ending(Effect.UPDATED),
        ),
        (
            {"key": "l", "op": "list.add", "list": "Nope", "contacts": ["crd_7"]},
            [("GET /contact_lists", Answer(200, LISTS))],
            Ending(code="no_such_list", message="Front has no contact list 'Nope'"),
        ),
        (
            {"key": "a", "op": "account.update", "account": "acc_1", "body": {"name": "A"}},
            [("PATCH /accounts/acc_1", Answer(200, {}))],
            Ending(Effect.UPDATED, "acc_1"),
        ),
        (
            {"key": "a", "op": "account.remove_contacts", "account": "acc_1", "contacts": ["crd_7"]},
            [("DELETE /accounts/acc_1/contacts", Answer(204))],
            Ending(Effect.UPDATED),
        ),
    ],
)
def test_the_other_operations(data: dict[str, Any], script: Script, expected: Ending):
    """Each kind of operation, in the requests that it means."""
    assert play(data, script) == expected


def test_members_whose_creation_was_refused_are_named():
    """The others join; the operation itself is refused, so that it can be replayed."""
    data = {"key": "a", "op": "account.add_contacts", "account": "acc_1", "contacts": ["crd_7", {"ref": "9"}]}

    ending = play(data, [("POST /accounts/acc_1/contacts", Answer(204))])

    assert ending == Ending(code="members_missing", message="1 of its 2 contacts are not there: 9")


GONE = {"key": "l", "op": "account.add_contacts", "account": "acc_1", "contacts": ["crd_1", "crd_2", "crd_3"]}


def test_one_contact_that_is_gone_does_not_keep_the_others_out():
    """Front refuses the whole call; each is then sent alone, and only the missing one is named."""
    path = "POST /accounts/acc_1/contacts"
    ending = play(GONE, [(path, Answer(404)), (path, Answer(204)), (path, Answer(404)), (path, Answer(204))])

    assert ending == Ending(code="members_missing", message="1 of its 3 contacts are not there: crd_2")


def test_an_operation_whose_contact_was_refused_needs_no_request():
    """It is refused on its own, and nothing is sent."""
    data = {"key": "1", "op": "handle.add", "contact": {"ref": "9"}, "body": ADA}

    assert play(data, []).code == "depends_on_refused"


ACCOUNT = {"id": "acc_1", "name": "Acme", "external_id": "001A", "domains": ["acme.example"]}


def test_an_account_with_another_external_id_is_another_account():
    """The same name and domain do not make it one: a new account is created."""
    wanted = {"name": "ACME", "external_id": "001B", "domains": ["acme.example"]}
    script = [
        ("POST /contacts", Answer(201, {"id": "crd_1"})),
        ("GET /accounts/alt:ext_id:001B", Answer(404)),
        ("GET /accounts?limit=100", Answer(200, {"_results": [ACCOUNT], "_pagination": {}})),
        ("POST /accounts", Answer(201, {"id": "acc_2"})),
        ("POST /accounts/acc_2/contacts", Answer(204)),
    ]

    assert play(create() | {"op": "contact.upsert", "account": wanted}, script).id == "crd_1"


def test_an_upsert_refused_at_its_account_keeps_its_contact():
    """The contact was created: its id stays in the ending, so that nobody else takes it for theirs."""
    script = [
        ("POST /contacts", Answer(201, {"id": "crd_1"})),
        ("GET /accounts/alt:ext_id:1", Answer(403)),
    ]

    ending = play(create() | {"op": "contact.upsert", "account": {"name": "A", "external_id": "1"}}, script)

    assert (ending.effect, ending.id, ending.code) == (None, "crd_1", "forbidden")


def test_with_skip_an_existing_contacts_account_is_left_alone_too():
    """skip means that nothing is written."""
    script = [("POST /contacts", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(200, THERE))]
    upsert = create(name="New") | {"op": "contact.upsert", "account": {"name": "A", "external_id": "1"}}

    assert play(upsert, script, Known(on_existing=OnExisting.SKIP)) == Ending(Effect.UNCHANGED, "crd_7")


@pytest.mark.parametrize(
    ("data", "script", "effect"),
    [
        ({"op": "contact.delete", "contact": "crd_7"}, [("DELETE /contacts/crd_7", Answer(404))], Effect.DELETED),
        (
            {"op": "handle.remove", "contact": "crd_7", "body": ADA},
            [
                ("DELETE /contacts/crd_7/handles", Answer(404)),
                ("GET /contacts/crd_7", Answer(200, THERE | {"handles": []})),
            ],
            Effect.UPDATED,
        ),
        ({"op": "list.create", "body": {"name": "VIPs"}}, [("GET /contact_lists", Answer(200, LISTS))], Effect.CREATED),
    ],
)
def test_what_was_sent_before_and_is_done_is_ours_perhaps(data: dict[str, Any], script: Script, effect: Effect):
    """After a lost answer the effect is not called "unchanged", and the ending says that it is not certain."""
    ending = play({"key": "1"} | data, script, past=Past(wrote=True))

    assert (ending.effect, ending.certain) == (effect, False)


def test_a_conflict_with_a_contact_that_cannot_be_seen_is_told_in_fronts_words():
    """The 409 and its id are what a person needs, not the 404 of looking it up."""
    ending = play(create(), [("POST /contacts", Answer(409, CONFLICT)), ("GET /contacts/crd_7", Answer(404))])

    assert (ending.status, ending.code) == (409, "conflict")
    assert "crd_7" in ending.message


MERGE = {"key": "1", "op": "contact.merge", "contact": "crd_7", "contacts": ["crd_8", "crd_9"]}


def test_a_merge_is_one_request():
    """Into the contact that is named first."""
    script = [("POST /contacts/merge", Answer(200, {"id": "crd_7"}))]

    assert play(MERGE, script) == Ending(Effect.UPDATED, "crd_7")


@pytest.mark.parametrize("gone", [Answer(404), Answer(200, THERE)])
def test_a_lost_merge_asks_whether_the_others_are_gone(gone: Answer):
    """Gone, or answering with the contact they went into: done. Still there: only those are sent again."""
    asked = [("GET /contacts/crd_8", gone), ("GET /contacts/crd_9", gone)]
    assert play(MERGE, asked, past=Past(wrote=True)) == Ending(Effect.UPDATED, "crd_7", certain=False)

    still = [asked[0], ("GET /contacts/crd_9", Answer(200, THERE | {"id": "crd_9"}))]
    script = [*still, ("POST /contacts/merge", Answer(200, {"id": "crd_7"}))]
    assert play(MERGE, script, past=Past(wrote=True)) == Ending(Effect.UPDATED, "crd_7")


@pytest.mark.parametrize(
    ("into", "path"),
    [({"team": "tim_1"}, "/teams/tim_1/contacts"), ({"teammate": "tea_1"}, "/teammates/tea_1/contacts")],
)
def test_a_contact_is_created_where_the_operation_says(into: dict[str, str], path: str, tmp_path: Path):
    """In a workspace or as a teammate's own; the checkpoint knows a lost one for a create."""
    data = create() | {"into": into}
    assert play(data, [(f"POST {path}", Answer(201, {"id": "crd_1"}))]) == Ending(Effect.CREATED, "crd_1")

    with Journal(tmp_path / "checkpoint", lambda: 0.0) as journal:
        journal.sending(operation(1, data), Request("POST", path))
        assert journal.past(operation(1, data)) == Past(lost=True)
