"""jp mirrors kr's log by two paths: at kr's own node, and at us's, which mirrors it too.

jp's mirror is kept by the independent verifier alone (mirror.py); both nodes are real.
"""

import contextlib
import dataclasses
import itertools
import os
import time
from collections.abc import Iterator

import grpc
import pytest

import life
import pair as pairs
import recipe
import samples
from dossier.v1 import mirror_pb2, record_pb2, sync_pb2
from expect import DENIED, refusal
from life import about, amended, restricted, withdrawn
from mirror import Mirror, catch_up, following
from node import CALL_SECONDS, ORIGIN, Client
from verifier.errors import VerificationError
from verifier.members import Members

OUT_OF_RANGE = grpc.StatusCode.OUT_OF_RANGE
LARGEST = 2**64 - 1
# us's node asks for leaves again at most every five seconds, and says within a second what came.
RELEASE_SECONDS = 15
MAXIMUM_RANGES = 1000


@dataclasses.dataclass
class Sides:
    """Both nodes, and jp's node as a client of each: `kr` has the log, `us` relays it."""

    pair: pairs.Pair
    kr: Client
    us: Client

    def log(self, *batches: list[record_pb2.Record]) -> None:
        """Submits batches to kr's node, and waits until us's has them."""
        for each in batches:
            self.pair.kr_at_kr.submit([record.SerializeToString() for record in each])
        self.pair.sync()

    def mirror(self, organisation: str = "jp") -> Mirror:
        """A mirror that has nothing yet."""
        members = Members.load(self.pair.us.folder / "members.json")
        return Mirror(organisation, ORIGIN, members)

    def take(self, mirror: Mirror, side: str) -> int:
        """Takes what a node has beyond the mirror, each leaf once; returns how many there were."""
        before = len(mirror)
        taken = catch_up(mirror, getattr(self, side).channel, relayed=side == "us")
        assert taken[0].first_index == before
        assert sum(each.leaves for each in taken) == len(mirror) - before
        return len(mirror) - before

    def mirrored(self, side: str) -> Mirror:
        """A mirror of all that a node has."""
        made = self.mirror()
        self.take(made, side)
        return made

    def fetch(self, mirror: Mirror, side: str) -> set[int]:
        """Asks a node for all leaves whose hash alone is there; returns those that came."""
        ranges = ranges_of(mirror.hash_only)
        found: set[int] = set()
        for start in range(0, len(ranges), MAXIMUM_RANGES):
            some = ranges[start : start + MAXIMUM_RANGES]
            found |= set(mirror.fetch(getattr(self, side).channel, *some))
        return found

    def everything(self) -> list[tuple[int, bytes]]:
        """The whole log, as its originator lists it."""
        listed = self.pair.kr_at_kr.list(all_versions=True)
        return [(each.leaf_index, each.record) for each in listed]

    def watched(self, side: str) -> Iterator[mirror_pb2.OfferedLog]:
        """What a node says of kr's log, as it changes."""
        call = getattr(self, side).mirroring.Watch(mirror_pb2.WatchRequest(), timeout=CALL_SECONDS)
        try:
            for message in call:
                yield from (each for each in message.logs if each.log_origin == ORIGIN)
        finally:
            call.cancel()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """us's node takes nothing of kr's log meanwhile."""
        sync = self.pair.operator.sync
        sync.PauseSync(sync_pb2.PauseSyncRequest(organisations=["kr"]), timeout=CALL_SECONDS)
        try:
            yield
        finally:
            sync.ResumeSync(sync_pb2.ResumeSyncRequest(), timeout=CALL_SECONDS)
            self.pair.sync()


def ranges_of(indexes: list[int]) -> list[tuple[int, int]]:
    """First index and count of the ranges that these, ascending, make."""
    found: list[tuple[int, int]] = []
    for index in indexes:
        if found and sum(found[-1]) == index:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((index, 1))
    return found


@pytest.fixture(scope="module")
def running(consortium, tmp_path_factory):
    with pairs.running(consortium, tmp_path_factory) as pair:
        clients = [Client(node, consortium.nodes["jp"], "jp") for node in (pair.kr, pair.us)]
        yield Sides(pair, *clients)
        for each in clients:
            each.channel.close()


@pytest.fixture
def sides(running):
    yield running
    for each in (running.pair.kr, running.pair.us):
        assert each.is_running(), each.log.read_text()


def finding(reference: str, *released_to: str, orcon: bool = False) -> record_pb2.Record:
    """A finding of kr's."""
    made = samples.statistic(reference, released_to)
    made.header.marking.orcon = orcon
    return made


def varied(prefix: str) -> list[list[record_pb2.Record]]:
    """Batches of all that may befall findings which us and jp, one or none of them may have."""

    def made(name: str, *released_to: str, **marking) -> record_pb2.Record:
        return finding(f"{prefix}-{name}", *released_to, **marking)

    both, of_jp = made("both", "us", "jp"), made("of-jp", "jp")
    to_us, gone, less = (made(name, "us", "jp") for name in ("to-us", "gone", "less"))
    return [
        [both],
        [of_jp, made("of-jp-too", "jp")],
        [made("of-us", "us")],
        [made("kept"), made("kept-too")],
        [made("control", "us", "jp", orcon=True), made("beside", "us", "jp")],
        [made("new", "us", "jp"), both, made("last", "us", "jp")],
        [to_us, gone, less],
        [restricted(to_us, ["us"])],
        [withdrawn(gone)],
        [amended(less, ["jp"])],
        [about(life.record_id(both), f"{prefix}-note", ["us", "jp"])],
        [about(life.record_id(of_jp), f"{prefix}-note-of-jp", ["us", "jp"])],
    ]


def references(mirror: Mirror, prefix: str) -> set[tuple[str, int]]:
    """References, without the prefix, and versions of the records that a mirror has."""
    headers = [record_pb2.Record.FromString(each).header for each in mirror.records.values()]
    return {
        (each.reference.removeprefix(f"{prefix}-"), each.version)
        for each in headers
        if each.reference.startswith(prefix)
    }


# By both paths


def test_the_relay_gives_what_both_may_have(sides, prefix):
    sides.log(*varied(prefix))
    direct, relayed = sides.mirrored("kr"), sides.mirrored("us")
    assert relayed.tree.root() == direct.tree.root() and relayed.newest == direct.newest
    assert references(direct, prefix) - references(relayed, prefix) == {
        ("of-jp", 1),
        ("of-jp-too", 1),
        ("less", 2),
        ("note-of-jp", 1),
    }
    assert references(relayed, prefix) == {
        ("both", 1),
        ("beside", 1),
        ("new", 1),
        ("last", 1),
        ("to-us", 2),
        ("gone", 1),
        ("gone", 2),
        ("less", 1),
        ("note", 1),
    }
    everything = sides.everything()
    model = life.Findings(everything)
    assert set(direct.records) == model.mirrored("jp")
    assert set(relayed.records) == model.mirrored("jp") & model.mirrored("us")
    for mirror in (direct, relayed):
        assert all(mirror.tree.leaf(index) == recipe.leaf_hash(each) for index, each in everything)


def test_a_mirror_changes_sides_and_reads_nothing_again(sides, prefix):
    mirrors = {"kr": sides.mirrored("kr"), "us": sides.mirrored("kr")}
    turns = {
        "kr": itertools.cycle(["kr", "us", "us"]),
        "us": itertools.cycle(["us", "kr", "kr"]),
    }
    came: dict[str, list[tuple[int, int, str]]] = {"kr": [], "us": []}
    start = len(mirrors["kr"])
    for batch in varied(prefix):
        sides.log(batch)
        for name, mirror in mirrors.items():
            side = next(turns[name])
            before = len(mirror)
            sides.take(mirror, side)
            came[name].append((before, len(mirror), side))
    wholes = {side: sides.mirrored(side) for side in ("kr", "us")}
    for name, mirror in mirrors.items():
        assert mirror.tree.root() == wholes["kr"].tree.root()
        assert mirror.newest == wholes["kr"].newest
        for first, end, side in came[name]:
            expected = wholes[side].records.keys() & set(range(first, end))
            assert mirror.records.keys() & set(range(first, end)) >= expected, (first, end, side)
        assert sides.fetch(mirror, "us") == set(), "it gives no more than before"
        missing = wholes["kr"].records.keys() - mirror.records.keys()
        assert missing and min(missing) >= start, "what only its own node could give"
        assert sides.fetch(mirror, "kr") == missing
        assert mirror.records.items() >= wholes["kr"].records.items()


@pytest.mark.parametrize("sequence", [("kr", "us"), ("us", "kr")])
def test_a_mirror_changes_sides_at_any_leaf(sides, prefix, sequence):
    """In the middle of a batch too."""
    start = len(sides.mirrored("kr"))
    sides.log(*varied(prefix))
    before, after = (sides.mirrored(side) for side in sequence)
    for position in range(start, len(before) + 1):
        mirror = before.cut(position)
        assert sides.take(mirror, sequence[1]) == len(before) - position
        assert mirror.tree.root() == before.tree.root() == after.tree.root()
        expected = {
            index
            for index in range(len(before))
            if index in (before if index < position else after).records
        }
        assert mirror.records.keys() == expected, position
        sides.fetch(mirror, "kr")
        assert mirror.records.keys() >= sides.mirrored("kr").records.keys()


def test_a_mirror_follows_both_at_once(sides, prefix):
    """Each leaf is taken from whoever brings it first; the other's stream stands where it stood."""
    direct, relayed = sides.mirrored("kr"), sides.mirrored("us")
    with (
        following(direct, sides.kr.channel) as of_kr,
        following(relayed, sides.us.channel, relayed=True) as of_us,
    ):
        assert next(of_kr).leaves == next(of_us).leaves == 0
        for number in range(10):
            size = len(direct) + 2
            sides.log([finding(f"{prefix}-{number}-{name}", name) for name in ("us",)])
            sides.log([finding(f"{prefix}-{number}", "us", "jp")])
            of_kr.until(size)
            of_us.until(size)
            assert direct.tree.root() == relayed.tree.root()
            assert size - 1 in direct.records and size - 1 in relayed.records
    assert relayed.newest == direct.newest


# What travels through the relay


def test_records_under_originator_control_do_not(sides, prefix):
    """Nor do their notices: the relay cannot tell what a finding is about that it never had."""
    kept, gone, less = (
        finding(f"{prefix}-{name}", "us", "jp", orcon=True) for name in ("kept", "gone", "less")
    )
    sides.log([kept], [gone], [less], [withdrawn(gone)], [restricted(less, ["us"])])
    mirror = sides.mirrored("us")
    assert references(mirror, prefix) == set()
    assert sides.fetch(mirror, "us") == set()
    # Its own node tells who was told of a finding that it is gone, and keeps the finding to itself.
    assert len(sides.fetch(mirror, "kr")) >= 2
    assert references(mirror, prefix) == {("gone", 2), ("less", 2)}
    assert references(sides.mirrored("kr"), prefix) == {("gone", 2), ("less", 2)}
    listed = {
        name: [each.record for each in client.list(reference=f"{prefix}-kept")]
        for name, client in sides.pair.clients.items()
        if name in ("jp_at_kr", "jp_at_us", "us_at_us")
    }
    assert listed == {"jp_at_kr": [kept.SerializeToString()], "jp_at_us": [], "us_at_us": []}


def test_notices_travel(sides, prefix):
    """Whoever was named by a version before is told, named or not."""
    to_us, to_jp, to_nobody, gone = (
        finding(f"{prefix}-{name}", "us", "jp") for name in ("to-us", "to-jp", "nobody", "gone")
    )
    early = sides.mirrored("us")
    sides.log([to_us], [to_jp], [to_nobody], [gone])
    sides.take(early, "us")
    firsts = {("to-us", 1), ("to-jp", 1), ("nobody", 1), ("gone", 1)}
    assert references(early, prefix) == firsts
    sides.log(
        [restricted(to_us, ["us"])],
        [restricted(to_jp, ["jp"])],
        [restricted(to_nobody, [])],
        [withdrawn(gone)],
    )
    notices = {("to-us", 2), ("to-jp", 2), ("nobody", 2), ("gone", 2)}
    sides.take(early, "us")
    assert references(early, prefix) == firsts | notices
    late = sides.mirrored("us")
    assert references(late, prefix) - {("to-jp", 1)} == notices | {("gone", 1)}
    direct = sides.mirrored("kr")
    assert references(direct, prefix) == notices | {("gone", 1), ("to-jp", 1)}


def test_what_is_amended_for_others_does_not(sides, prefix):
    first = finding(prefix, "us", "jp")
    second = amended(first, ["jp"])
    third = amended(second, ["us", "jp"])
    sides.log([first], [second], [third])
    mirror = sides.mirrored("us")
    versions = {version for _, version in references(mirror, prefix)}
    assert versions == {1, 3}
    index = len(mirror) - 2
    assert mirror.fetch(sides.us.channel, (index, 1)) == []
    assert mirror.fetch(sides.kr.channel, (index, 1)) == [index]
    assert mirror.records[index] == second.SerializeToString()


def test_what_is_released_later_travels_later(sides, prefix):
    """The relay has a note only when it has what that is about, and says then that it has more."""
    target = finding(prefix, "us", "jp")
    note = about(life.record_id(target), f"{prefix}-note", ["us", "jp"])
    sides.log([note])
    mirror = sides.mirrored("us")
    index = len(mirror) - 1
    assert index in mirror.hash_only and mirror.fetch(sides.us.channel, (index, 1)) == []
    offers = sides.watched("us")
    before = next(offers)
    sides.log([target])
    since = time.monotonic()
    for offer in offers:
        assert time.monotonic() - since < RELEASE_SECONDS, "the relay does not have the note"
        if offer.release_epoch != before.release_epoch and mirror.fetch(
            sides.us.channel, (index, 1)
        ):
            break
    offers.close()
    assert mirror.records[index] == note.SerializeToString()
    sides.take(mirror, "us")
    assert references(mirror, prefix) == {(prefix, 1), ("note", 1)}


# A relay that is behind


def test_a_relay_that_is_behind_is_no_liar(sides, prefix):
    direct = sides.mirrored("kr")
    position = len(direct)
    with sides.paused():
        sides.pair.kr_at_kr.submit(
            [finding(f"{prefix}-{number}", "us", "jp").SerializeToString() for number in range(3)]
        )
        assert next(sides.watched("us")).size == position
        assert next(sides.watched("kr")).size == position + 3
        ahead = direct.clone()
        assert sides.take(ahead, "kr") == 3
        for size in (position + 1, position + 3, position + 1000, 2**63, LARGEST):
            for once in (True, False):
                with refusal(OUT_OF_RANGE):
                    followed(sides.us, size, once)
        # It has nothing else for whoever has as much as it, whatever they know of the log.
        known = ahead.cut(position)
        assert sides.take(known, "us") == 0 and known.newest.size == position + 3
        less = ahead.cut(position - 1)
        assert sides.take(less, "us") == 1 and less.tree.root() == direct.tree.root()
        assert ahead.clone().fetch(sides.us.channel, (position, 3)) == []
        with following(known, sides.us.channel, relayed=True) as stream:
            assert next(stream).leaves == 0
            sides.pair.operator.sync.ResumeSync(sync_pb2.ResumeSyncRequest())
            stream.until(position + 3)
    assert known.tree.root() == ahead.tree.root() and known.records == ahead.records


def followed(client: Client, position: int, once: bool = True, origin: str = ORIGIN) -> None:
    """Follows from a position to the end of the answer, whatever it is."""
    request = mirror_pb2.FollowRequest(log_origin=origin, position=position, once=once)
    for _ in client.mirroring.Follow(request, timeout=CALL_SECONDS):
        pass


# That this mirror would notice


def cut_off(message):
    del message.runs[-1]


def hide(message):
    message.runs[0].CopyFrom(mirror_pb2.LeafRun(withheld_hashes=os.urandom(32)))


def swap(message):
    first, second, *_ = message.runs
    first_copy = mirror_pb2.LeafRun.FromString(first.SerializeToString())
    first.CopyFrom(second)
    second.CopyFrom(first_copy)


@pytest.mark.parametrize("lie", [cut_off, hide, swap])
def test_this_mirror_notices_a_relay_that_lies(sides, prefix, lie):
    """Whoever relays may leave out records, but neither leaves nor their order."""
    start = len(sides.mirrored("kr"))
    sides.log([finding(f"{prefix}-1", "us", "jp")], [finding(f"{prefix}-2", "us", "jp")])
    before = sides.mirrored("kr").cut(start)
    request = mirror_pb2.FollowRequest(log_origin=ORIGIN, position=start, once=True)
    (message,) = sides.us.mirroring.Follow(request, timeout=CALL_SECONDS)
    before.clone().take(message, [], relayed=True)
    lie(message)
    with pytest.raises(VerificationError):
        before.take(message, [], relayed=True)


# What is refused


def test_only_nodes_may_ask_a_relay(sides, consortium):
    size = len(sides.mirrored("us"))
    for identity, organisation in (
        (consortium.people["jp"], "jp"),
        (consortium.people["us"], "us"),
        (consortium.auditor, "jp"),
        (consortium.authorities["us"].person("us", "admin"), "us"),
        (consortium.reader, "kr"),
    ):
        client = Client(sides.pair.us, identity, organisation)
        with refusal(DENIED):
            next(client.mirroring.Watch(mirror_pb2.WatchRequest(), timeout=CALL_SECONDS))
        for position in (0, size + 1):
            with refusal(DENIED):
                followed(client, position)
        request = mirror_pb2.FetchRequest(
            log_origin=ORIGIN, ranges=[mirror_pb2.LeafRange(first_index=0, count=1)]
        )
        with refusal(DENIED):
            list(client.mirroring.Fetch(request, timeout=CALL_SECONDS))
        client.channel.close()
