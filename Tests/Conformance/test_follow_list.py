"""A list that stays open: what stands, then what is new, with cursors to go on from."""

import threading
import time
from collections.abc import Iterator

import grpc
import pytest

import life
import node as nodes
import proven
import recipe
import samples
from dossier.v1 import exchange_pb2, log_pb2, record_pb2
from expect import DENIED, INVALID, refusal
from life import CURRENT, NOTICE, SUPERSEDED, WITHDRAWN, about, amended, restricted, withdrawn
from node import CALL_SECONDS, Client
from verifier.note import Checkpoint

SILENCE_SECONDS = 60


class Following:
    """A list that follows; every page is verified when it is taken."""

    def __init__(
        self,
        client: Client,
        vkey: str,
        cursor: bytes = b"",
        known: Checkpoint | None = None,
        timeout: float = CALL_SECONDS,
        limit: int = 0,
        new_only: bool = False,
        **filters,
    ):
        request = exchange_pb2.ListRequest(
            filter=exchange_pb2.Filter(**filters),
            cursor=cursor,
            known_size=known.size if known else 0,
            limit=limit,
            follow=True,
            new_only=new_only,
        )
        self.vkey, self.known = vkey, known
        self.cursor = cursor
        self.newest: Checkpoint | None = None
        self.call = client.exchange.List(request, timeout=timeout)

    def __enter__(self) -> "Following":
        return self

    def __exit__(self, *_) -> None:
        self.call.cancel()

    def page(self) -> exchange_pb2.ListResponse:
        """The next page; with or without records, it proves what it has and says where to go on."""
        page = next(self.call)
        found = proven.page(page, self.vkey, self.known)
        assert self.newest is None or found.size >= self.newest.size
        self.newest = found
        assert page.cursor, "a list that follows has no end"
        self.cursor = page.cursor
        return page

    def records(self) -> Iterator[exchange_pb2.LoggedRecord]:
        while True:
            yield from self.page().records

    def take(self, count: int) -> list[exchange_pb2.LoggedRecord]:
        """So many records, which must be all of the pages that have them."""
        found: list[exchange_pb2.LoggedRecord] = []
        while len(found) < count:
            found += self.page().records
        assert len(found) == count, [reference(each) for each in found]
        return found


def header(logged) -> record_pb2.Header:
    return record_pb2.Record.FromString(logged.record).header


def reference(logged) -> str:
    return header(logged).reference


def standings(records) -> list[tuple[int, int]]:
    return [(header(each).version, each.standing) for each in records]


def submit(client, *records) -> None:
    """Submits each record in a batch of its own."""
    for each in records:
        client.submit([each.SerializeToString()])


def batch(client, prefix: str, count: int, released_to=("us",)) -> list[bytes]:
    """Submits so many records in one batch."""
    records = [samples.statistic(f"{prefix}-{number}", released_to) for number in range(count)]
    encoded = [each.SerializeToString() for each in records]
    client.submit(encoded)
    return encoded


@pytest.fixture(scope="module")
def quiet_node(consortium, tmp_path_factory):
    """A node that no other module's tests submit to."""
    made = nodes.Node(consortium, tmp_path_factory.mktemp("followed"))
    yield made
    assert made.stop() == 0, made.log.read_text()


@pytest.fixture
def node(quiet_node):
    """Instead of the node of all tests."""
    yield quiet_node
    assert quiet_node.is_running(), quiet_node.log.read_text()


@pytest.fixture
def known(kr, vkey) -> Checkpoint:
    """The newest checkpoint before the test."""
    answer = kr.log.GetCheckpoint(log_pb2.GetCheckpointRequest())
    return proven.checkpoint(answer.checkpoint, vkey)


def test_what_stands_comes_first_and_then_what_is_new(kr, us, vkey, prefix):
    standing = batch(kr, prefix, 5)
    listed = [each.record for each in us.list()]
    assert listed[-5:] == standing
    with Following(us, vkey) as following:
        assert [each.record for each in following.take(len(listed))] == listed
        for number in range(5):
            new = batch(kr, f"{prefix}-new-{number}", 3)
            since = time.monotonic()
            assert [each.record for each in following.take(3)] == new
            assert time.monotonic() - since < 5, "it comes at once"


def test_what_stands_is_current_and_what_is_new_is_every_version(kr, us, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    submit(kr, first, second)
    third = amended(second)
    with Following(us, vkey, reference=prefix) as following:
        assert standings(following.take(1)) == [(2, CURRENT)]
        submit(kr, third)
        assert standings(following.take(1)) == [(3, CURRENT)]
        submit(kr, withdrawn(third))
        assert standings(following.take(1)) == [(4, NOTICE)]


def test_all_versions_that_stand_come_if_asked_for(kr, us, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    submit(kr, first, second, withdrawn(second))
    with Following(us, vkey, reference=prefix, all_versions=True) as following:
        everything = [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE)]
        assert standings(following.take(3)) == everything
    with Following(us, vkey, reference=prefix) as following:
        assert following.page().records == [], "nothing of it stands"


def test_versions_that_come_in_one_batch_all_come(kr, us, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    with Following(us, vkey, new_only=True) as following:
        following.page()
        last = withdrawn(second)
        kr.submit([each.SerializeToString() for each in (first, second, last)])
        assert standings(following.take(3)) == [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE)]


def test_only_what_is_new_comes_if_asked_for(kr, us, vkey, prefix):
    batch(kr, f"{prefix}-old", 5)
    with Following(us, vkey, new_only=True) as following:
        assert following.page().records == [], "it is greeted"
        new = batch(kr, f"{prefix}-new", 2)
        assert [each.record for each in following.take(2)] == new


def test_a_list_that_begins_at_the_end_and_does_not_follow_is_empty(kr, us, prefix):
    batch(kr, prefix, 2)
    request = exchange_pb2.ListRequest(new_only=True)
    pages = list(us.exchange.List(request, timeout=CALL_SECONDS))
    assert [each for page in pages for each in page.records] == []


def test_it_goes_on_at_every_cursor_without_gap_or_repeat(kr, us, vkey, prefix):
    for number in range(4):
        batch(kr, f"{prefix}-{number}", 250)
    expected = [each.leaf_index for each in us.list()]
    taken: list[int] = []
    cursors: list[tuple[int, bytes]] = []
    with Following(us, vkey) as following:
        while len(taken) < len(expected):
            taken += [each.leaf_index for each in following.page().records]
            cursors.append((len(taken), following.cursor))
        for number in range(3):
            new = batch(kr, f"{prefix}-new-{number}", 2)
            taken += [each.leaf_index for each in following.take(len(new))]
            cursors.append((len(taken), following.cursor))
    expected = [each.leaf_index for each in us.list(all_versions=True)][-6:]
    assert taken == sorted(set(taken)) and taken[-6:] == expected
    assert len(cursors) > 4, "a list this long has several pages"
    for at, cursor in cursors:
        with Following(us, vkey, cursor=cursor) as following:
            assert [each.leaf_index for each in following.take(len(taken) - at)] == taken[at:]
    late = batch(kr, f"{prefix}-late", 3)
    for at, cursor in cursors:
        with Following(us, vkey, cursor=cursor) as following:
            found = following.take(len(taken) - at + 3)
            assert [each.leaf_index for each in found][:-3] == taken[at:]
            assert [each.record for each in found][-3:] == late


def test_a_cursor_of_what_is_new_gives_all_that_came_since(kr, us, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    with Following(us, vkey, new_only=True) as following:
        following.page()
        cursor = following.cursor
    second = amended(first)
    submit(kr, first, second, restricted(second, []))
    batch(kr, f"{prefix}-more", 3)
    for new_only in (False, True):
        with Following(us, vkey, cursor=cursor, new_only=new_only) as following:
            found = following.take(4)
            assert standings(found[:1]) == [(3, NOTICE)]
            more = [f"{prefix}-more-{number}" for number in range(3)]
            assert [reference(each) for each in found[1:]] == more


def test_what_is_new_goes_on_with_every_version_between_two_pages(kr, us, vkey, prefix):
    """A cursor of a page that was not the last of what came at once."""
    findings = [samples.statistic(f"{prefix}-{number}", ["us"]) for number in range(30)]
    versions = []
    for first in findings:
        second = amended(first)
        versions += [first, second, withdrawn(second)]
    with Following(us, vkey, new_only=True) as following:
        following.page()
        kr.submit([each.SerializeToString() for each in versions])
        begun: list[exchange_pb2.LoggedRecord] = []
        while not begun:
            begun = list(following.page().records)
        cursor = following.cursor
    assert len(begun) < len(versions), "they do not fit on one page"
    with Following(us, vkey, cursor=cursor) as following:
        rest = following.take(len(versions) - len(begun))
    everything = [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE)] * len(findings)
    assert standings([*begun, *rest]) == everything


def test_a_cursor_is_good_for_its_own_organisation_and_filter(kr, us, jp, vkey, prefix):
    batch(kr, prefix, 2, ["us", "jp"])
    with Following(us, vkey, new_only=True, originators=["kr"]) as following:
        following.page()
        cursor = following.cursor
    broken = bytes([cursor[0] ^ 1]) + cursor[1:]
    for client, given, filters in (
        (jp, cursor, {"originators": ["kr"]}),
        (us, cursor, {"originators": ["us"]}),
        (us, cursor, {}),
        (us, broken, {"originators": ["kr"]}),
        (us, b"\0" * 4096, {}),
    ):
        with refusal(INVALID):
            Following(client, vkey, cursor=given, **filters).page()


def test_a_pinned_list_goes_on_at_a_cursor_and_follows(kr, us, vkey, prefix):
    """A cursor may come from a list that did not follow, and be taken on by one that does."""
    records = batch(kr, prefix, 5)
    *_, last = us.pages(limit=3)
    assert last.cursor
    rest = [each.record for each in us.list()][3:]
    with Following(us, vkey, cursor=last.cursor) as following:
        assert [each.record for each in following.take(len(rest))] == rest
        assert rest[-5:] == records
        new = batch(kr, f"{prefix}-new", 1)
        assert [each.record for each in following.take(1)] == new


def test_filters_hold_for_what_is_new(kr, us, vkey, prefix):
    one_of_each = samples.one_of_each(prefix, ["us"])
    encoded = [each.SerializeToString() for each in one_of_each]
    theft, workers, wallet, statistic = encoded
    cases = [
        ({"kinds": [record_pb2.KIND_WALLET]}, [wallet]),
        ({"kinds": [record_pb2.KIND_WALLET, record_pb2.KIND_ASSESSMENT]}, [wallet, statistic]),
        ({"reference": f"{prefix}-3"}, [workers]),
        ({"victim": "BYBIT"}, [theft]),
        ({"originators": ["kr"]}, encoded),
        ({"originators": ["us"]}, []),
        ({"known_from": "2026"}, []),
        ({"record_id_prefix": recipe.leaf_hash(statistic).hex()[:16]}, [statistic]),
    ]
    lists = [Following(us, vkey, new_only=True, **filters) for filters, _ in cases]
    for following in lists:
        assert following.page().records == []
    kr.submit(encoded)
    end = samples.one_of_each(f"{prefix}-end", ["us"])
    kr.submit([each.SerializeToString() for each in end])
    for following, (filters, expected) in zip(lists, cases, strict=True):
        with following:
            found: list[bytes] = []
            while len(found) < len(expected):
                found += [each.record for each in following.page().records]
            assert found[: len(expected)] == expected, filters


def test_others_are_given_what_is_released_to_them(kr, us, jp, vkey, prefix):
    lists = {"us": Following(us, vkey, new_only=True), "jp": Following(jp, vkey, new_only=True)}
    for following in lists.values():
        following.page()
    first = samples.statistic(prefix, ["us", "jp"])
    submit(
        kr,
        first,
        samples.statistic(f"{prefix}-kept"),
        samples.statistic(f"{prefix}-us", ["us"]),
        about(life.record_id(first), f"{prefix}-note", ["jp"]),
        restricted(first, ["jp"]),
        samples.statistic(f"{prefix}-end", ["us", "jp"]),
    )
    expected = {
        "us": [(prefix, 1), (f"{prefix}-us", 1), (prefix, 2), (f"{prefix}-end", 1)],
        "jp": [(prefix, 1), (f"{prefix}-note", 1), (prefix, 2), (f"{prefix}-end", 1)],
    }
    for organisation, following in lists.items():
        with following:
            found: list[tuple[str, int]] = []
            while not found or found[-1][0] != f"{prefix}-end":
                found += [
                    (reference(each), header(each).version) for each in following.page().records
                ]
            without_first = [each for each in expected[organisation] if each != (prefix, 1)]
            # Whether us was still given what was restricted depends on who came first.
            assert found in (expected[organisation], without_first), organisation
            assert organisation == "us" or found == expected[organisation]


def test_a_withdrawal_arrives_as_a_notice(kr, us, jp, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first)
    with Following(us, vkey, reference=prefix) as following:
        assert standings(following.take(1)) == [(1, CURRENT)]
        last = withdrawn(first, [])
        submit(kr, last)
        (notice,) = following.take(1)
        assert notice.record == last.SerializeToString() and notice.standing == NOTICE
        assert not record_pb2.Record.FromString(notice.record).WhichOneof("content")
    assert us.list(reference=prefix) == [] and jp.list(reference=prefix) == []


def test_a_newer_version_that_is_withheld_does_not_arrive(kr, us, vkey, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first)
    with Following(us, vkey, reference=prefix, new_only=True) as following:
        following.page()
        second = amended(first, ["jp"])
        third = amended(second, ["us"])
        submit(kr, second, third)
        assert standings(following.take(1)) == [(3, CURRENT)]
    everything = us.list(reference=prefix, all_versions=True)
    assert standings(everything) == [(1, SUPERSEDED), (3, CURRENT)]


def test_pages_go_on_from_what_is_known(kr, us, vkey, known, prefix):
    batch(kr, prefix, 3)
    with Following(us, vkey, known=known) as following:
        following.page()
        batch(kr, f"{prefix}-new", 3)
        size = us.log.GetCheckpoint(log_pb2.GetCheckpointRequest())
        newest = proven.checkpoint(size.checkpoint, vkey)
        while following.newest.size < newest.size:
            following.page()
    with refusal(grpc.StatusCode.OUT_OF_RANGE):
        Following(us, vkey, known=Checkpoint(newest.origin, newest.size + 1, newest.root)).page()


def test_a_limit_ends_a_list_that_follows(kr, us, vkey, prefix):
    with Following(us, vkey, new_only=True, limit=3) as following:
        following.page()
        batch(kr, prefix, 5)
        found = [each for page in following.call for each in page.records]
    assert [reference(each) for each in found] == [f"{prefix}-{number}" for number in range(3)]


def test_a_list_that_waits_is_heard_of(us, vkey):
    with Following(us, vkey, new_only=True, timeout=SILENCE_SECONDS) as following:
        assert following.page().records == []
        cursor = following.cursor
        assert following.page().records == []
        assert following.cursor and following.newest
    with Following(us, vkey, cursor=cursor) as following:
        assert following.page().records == []


def test_only_readers_may_follow(node, consortium, vkey):
    for identity in (consortium.stranger, consortium.auditor, consortium.nodes["us"]):
        client = Client(node, identity)
        with refusal(DENIED):
            Following(client, vkey).page()
        client.channel.close()


def test_lists_that_are_cancelled_leave_nothing_behind(kr, us, consortium, node, vkey, prefix):
    batch(kr, prefix, 10)

    def round_of(count: int) -> None:
        # A connection of its own: a node ends one that cancels very many calls.
        client = Client(node, consortium.people["us"], "us")
        lists = [Following(client, vkey, new_only=number % 2 == 0) for number in range(count)]
        for following in lists[::2]:
            following.page()
        for following in lists:
            following.call.cancel()
        client.channel.close()

    for _ in range(8):
        round_of(20)
    before = node.memory()
    for _ in range(20):
        round_of(20)
    assert node.memory() - before < 16 << 20
    assert us.list(reference=f"{prefix}-1")


def test_many_followers_are_told_at_once(kr, us, vkey, prefix):
    lists = [Following(us, vkey, new_only=True) for _ in range(30)]
    for following in lists:
        following.page()
    new = batch(kr, prefix, 3)
    since = time.monotonic()
    for following in lists:
        with following:
            assert [each.record for each in following.take(3)] == new
    assert time.monotonic() - since < 10


def test_what_is_submitted_while_a_list_is_read_is_neither_lost_nor_repeated(kr, us, vkey, prefix):
    batch(kr, f"{prefix}-before", 200)
    done = threading.Event()
    sizes: list[int] = []

    def write() -> None:
        for number in range(20):
            encoded = [
                samples.statistic(f"{prefix}-{number}-{each}", ["us"]).SerializeToString()
                for each in range(5)
            ]
            sizes.append(kr.submit(encoded).log_size)
        done.set()

    writer = threading.Thread(target=write)
    found: list[str] = []
    with Following(us, vkey) as following:
        writer.start()
        while f"{prefix}-19-4" not in found:
            found += [reference(each) for each in following.page().records]
    writer.join()
    assert done.is_set()
    mine = [each for each in found if each.startswith(f"{prefix}-")]
    expected = [f"{prefix}-before-{number}" for number in range(200)]
    expected += [f"{prefix}-{number}-{each}" for number in range(20) for each in range(5)]
    assert mine == expected
