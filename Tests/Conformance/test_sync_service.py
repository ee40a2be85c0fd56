"""Who may see and steer a node's sync; kr's node knows no address of another, and has no mirror."""

import grpc
import pytest

from dossier.v1 import sync_pb2
from expect import DENIED, refusal
from node import CALL_SECONDS, Client

STEERING = {
    "PauseSync": sync_pb2.PauseSyncRequest,
    "ResumeSync": sync_pb2.ResumeSyncRequest,
    "SyncOnce": sync_pb2.SyncOnceRequest,
}
CALLS = {"GetSyncStatus": lambda **_: sync_pb2.GetSyncStatusRequest()} | STEERING


def call(client: Client, method: str, *organisations: str):
    request = CALLS[method](organisations=organisations)
    return getattr(client.sync, method)(request, timeout=CALL_SECONDS)


@pytest.fixture
def as_(node, consortium):
    """Makes a client of an identity of kr's."""
    made: list[Client] = []

    def make(identity) -> Client:
        made.append(Client(node, identity))
        return made[-1]

    yield make
    for each in made:
        each.channel.close()


@pytest.mark.parametrize("method", CALLS)
def test_nobody_else_may_see_or_steer_it(as_, consortium, method):
    for identity in (
        *consortium.people.values(),
        *consortium.nodes.values(),
        consortium.authorities["us"].person("us", "admin"),
        consortium.reader,
        consortium.stranger,
        consortium.auditor,
    ):
        with refusal(DENIED):
            call(as_(identity), method)
        with refusal(DENIED):
            call(as_(identity), method, "us")


@pytest.mark.parametrize("method", STEERING)
def test_an_auditor_may_not_steer_it(as_, consortium, method):
    with refusal(DENIED):
        call(as_(consortium.overseer), method)


def test_admin_and_auditor_see_that_there_are_no_peers(as_, consortium):
    for identity in (consortium.admin, consortium.overseer):
        assert not call(as_(identity), "GetSyncStatus").peers


@pytest.mark.parametrize("method", STEERING)
def test_what_is_not_synced_with_is_not_found(as_, consortium, method):
    admin = as_(consortium.admin)
    assert not call(admin, method).peers
    for organisation in ("us", "kr", "xx"):
        with refusal(grpc.StatusCode.NOT_FOUND):
            call(admin, method, organisation)
