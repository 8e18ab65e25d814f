"""Lists that are made and deleted while other operations read them."""

from tests.replay.test_interpret import LISTS
from toolkit.exchange import Answer, Request
from toolkit.operation import operation
from toolkit.replay.interpret import interpret
from toolkit.replay.steps import Effect, Known, Steps, Wait


def both(known: Known) -> tuple[Steps, Steps]:
    """Begin the deletion of one list and the creation of another, in one run."""
    delete = operation(1, {"key": "d", "op": "list.delete", "list": "VIPs"})
    create = operation(2, {"key": "c", "op": "list.create", "body": {"name": "New"}})
    known.order.enter(delete)
    known.order.enter(create)
    return interpret(delete, known), interpret(create, known)


def ended(steps: Steps, answer: Answer) -> Effect | None:
    try:
        steps.send(answer)
    except StopIteration as end:
        effect: Effect | None = end.value.effect
        return effect
    raise AssertionError("it goes on")


def test_a_list_is_deleted_while_another_is_created():
    """Each waits for the other's reading: an answer from before the deletion must not bring the list back."""
    known = Known()
    delete, create = both(known)
    assert next(delete) == Request("GET", "/contact_lists")
    delete.send(Answer(200, LISTS))
    assert isinstance(next(create), Wait)

    assert ended(delete, Answer(204)) is Effect.DELETED
    assert next(create) == Request("POST", "/contact_lists", {"name": "New"}, repeatable=False)
    create.send(Answer(204))
    assert ended(create, Answer(200, {"_results": [{"id": "grp_2", "name": "New"}]})) is Effect.CREATED
    assert known.lists == {"New": "grp_2"}


def test_a_list_is_created_before_another_is_deleted():
    """The deletion waits until the lists are read again, and knows the list that it deletes all the same."""
    known = Known(lists={"VIPs": "grp_1"}, lists_read=True)
    delete, create = both(known)
    next(create)
    create.send(Answer(204))
    assert isinstance(next(delete), Wait)

    shown = {"_results": [{"id": "grp_1", "name": "VIPs"}, {"id": "grp_2", "name": "New"}]}
    assert ended(create, Answer(200, shown)) is Effect.CREATED
    assert next(delete).path == "/contact_lists/grp_1"  # type: ignore[union-attr]
    assert ended(delete, Answer(204)) is Effect.DELETED
    assert known.lists == {"New": "grp_2"}
