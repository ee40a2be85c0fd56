"""Mirrors of kr's log, kept by us's and jp's nodes with the independent verifier alone."""

import os
import time

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

import life
import node as nodes
import pki
import proven
import recipe
import samples
import wire
from dossier.v1 import exchange_pb2, log_pb2, mirror_pb2
from expect import DENIED, INVALID, refusal
from life import about, amended, restricted, withdrawn
from mirror import Mirror, Stream, catch_up, following
from node import CALL_SECONDS, ORIGIN, Client
from verifier.errors import VerificationError
from verifier.members import Members

OUT_OF_RANGE = grpc.StatusCode.OUT_OF_RANGE
NOT_FOUND = grpc.StatusCode.NOT_FOUND
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
LARGEST = 2**64 - 1
HEARTBEAT_SECONDS = 15
ENVELOPE = 10 * 1024
SETTLE_SECONDS = 1.5


class Peer(Client):
    """The node of a member."""

    def mirror(self) -> Mirror:
        """A mirror that has nothing yet."""
        members = Members.load(self.node.folder / "members.json")
        return Mirror(self.organisation, ORIGIN, members)

    def mirrored(self) -> Mirror:
        """A mirror of the whole log."""
        made = self.mirror()
        catch_up(made, self.channel)
        return made

    def refused(self, position: int = 0, origin: str = ORIGIN, once: bool = True) -> None:
        """Follows, and reads to the end."""
        for _ in self.open(position, origin, once):
            pass

    def open(self, position: int = 0, origin: str = ORIGIN, once: bool = False):
        """A call of which nothing is verified."""
        request = mirror_pb2.FollowRequest(log_origin=origin, position=position, once=once)
        return self.mirroring.Follow(request, timeout=CALL_SECONDS)

    def fetched(self, *ranges: tuple[int, int], origin: str = ORIGIN):
        """The answers to a request for ranges that nobody looks into."""
        wanted = [mirror_pb2.LeafRange(first_index=first, count=count) for first, count in ranges]
        request = mirror_pb2.FetchRequest(log_origin=origin, ranges=wanted)
        return list(self.mirroring.Fetch(request, timeout=CALL_SECONDS))


@pytest.fixture(scope="module")
def quiet_node(consortium, tmp_path_factory):
    """A node that no other module's tests submit to."""
    made = nodes.Node(consortium, tmp_path_factory.mktemp("mirrored"))
    yield made
    assert made.stop() == 0, made.log.read_text()


@pytest.fixture
def origin_node(quiet_node):
    yield quiet_node
    assert quiet_node.is_running(), quiet_node.log.read_text()


@pytest.fixture
def author(origin_node, consortium):
    """A submitter of kr's."""
    made = Client(origin_node, consortium.people["kr"])
    yield made
    made.channel.close()


@pytest.fixture
def us_node(origin_node, consortium):
    made = Peer(origin_node, consortium.nodes["us"], "us")
    yield made
    made.channel.close()


@pytest.fixture
def jp_node(origin_node, consortium):
    made = Peer(origin_node, consortium.nodes["jp"], "jp")
    yield made
    made.channel.close()


def statistics(prefix: str, count: int, released_to=("us",), **marking) -> list[bytes]:
    made = []
    for number in range(count):
        record = samples.statistic(f"{prefix}-{number}", released_to)
        for name, value in marking.items():
            setattr(record.header.marking, name, value)
        made.append(record.SerializeToString())
    return made


def submit(client: Client, *records) -> list[int]:
    """Submits each record in a batch of its own, and returns their leaf indexes."""
    receipts = [client.submit([each.SerializeToString()]) for each in records]
    return [index for each in receipts for index in proven.indexes(each)]


def assert_as_released(mirror: Mirror, everything: list[tuple[int, bytes]]) -> None:
    """That it has the hash of every leaf, and exactly the records that the rules release to it."""
    assert [index for index, _ in everything] == list(range(len(mirror)))
    for index, data in everything:
        assert mirror.tree.leaf(index) == recipe.leaf_hash(data)
    model = life.Findings(everything)
    assert set(mirror.records) == model.mirrored(mirror.organisation)
    assert all(everything[index][1] == data for index, data in mirror.records.items())


def all_of(client: Client) -> list[tuple[int, bytes]]:
    """Every record of the log, as its originator lists it."""
    return [(each.leaf_index, each.record) for each in client.list(all_versions=True)]


def varied(author: Client, prefix: str) -> None:
    """Adds all that a log may have: single records, batches, withheld ones, whole and in part."""
    submit(author, samples.statistic(f"{prefix}-single", ["us"]))
    submit(author, samples.statistic(f"{prefix}-withheld"))
    author.submit(statistics(f"{prefix}-batch", 5, ["us", "jp"]))
    author.submit(statistics(f"{prefix}-withheld-batch", 4, []))
    author.submit(statistics(f"{prefix}-of-jp", 3, ["jp"]))
    orcon = statistics(f"{prefix}-orcon", 3, orcon=True)
    author.submit([*statistics(f"{prefix}-open", 2), *orcon, *statistics(f"{prefix}-too", 1)])
    old = statistics(f"{prefix}-old", 6)
    author.submit(old)
    new = statistics(f"{prefix}-new", 3)
    author.submit([*old[:2], *new[:2], *old[2:], *new[2:]])
    first = samples.statistic(f"{prefix}-restricted", ["us", "jp"])
    others = statistics(f"{prefix}-beside", 3, ["us", "jp"])
    author.submit([*others[:1], first.SerializeToString(), *others[1:]])
    submit(author, restricted(first, ["jp"]))
    taken_back = samples.statistic(f"{prefix}-taken-back", ["us"])
    better = amended(taken_back)
    submit(author, taken_back, better, withdrawn(better))


def varied_history(author: Client, prefix: str):
    varied(author, prefix)
    return all_of(author)


# What a mirror has


def test_a_mirror_has_what_is_released_and_the_hash_of_the_rest(author, us_node, jp_node, prefix):
    everything = varied_history(author, prefix)
    for peer in (us_node, jp_node):
        mirror = peer.mirrored()
        assert_as_released(mirror, everything)
        assert mirror.newest.size == len(everything) and mirror.hash_only
    assert us_node.mirrored().records.keys() != jp_node.mirrored().records.keys()


def test_the_log_of_all_other_tests_can_be_mirrored(node, kr, consortium):
    """Whatever they submitted, in whatever form."""
    everything = all_of(kr)
    for organisation in ("us", "jp"):
        peer = Peer(node, consortium.nodes[organisation], organisation)
        assert_as_released(peer.mirrored(), everything)
        peer.channel.close()


def test_records_under_originator_control_come_as_hashes_only(author, us_node, prefix):
    mirror = us_node.mirrored()
    first = len(mirror)
    author.submit(statistics(f"{prefix}-alone", 3, orcon=True))
    author.submit(statistics(prefix, 1) + statistics(f"{prefix}-beside", 1, orcon=True))
    alone, beside = (run for taken in catch_up(mirror, us_node.channel) for run in taken.runs)
    assert not alone.HasField("batch") and len(alone.withheld_hashes) == 3 * 32
    assert beside.HasField("batch") and [each != b"" for each in beside.records] == [True, False]
    assert set(mirror.records) & set(range(first, len(mirror))) == {first + 3}
    assert mirror.fetch(us_node.channel, (first, 5)) == [first + 3]


def test_a_withheld_batch_is_hashes_and_nothing_of_the_batch(author, us_node, prefix):
    mirror = us_node.mirrored()
    author.submit(statistics(prefix, 20, ["jp"]))
    (taken,) = catch_up(mirror, us_node.channel)
    assert len(taken.hashes) == 20 and not taken.records
    assert not any(run.HasField("batch") or run.records for run in taken.runs)


def test_a_batch_that_is_submitted_again_in_part(author, us_node, prefix):
    mirror = us_node.mirrored()
    old = statistics(f"{prefix}-old", 20)
    author.submit(old)
    catch_up(mirror, us_node.channel)
    new = statistics(f"{prefix}-new", 3)
    author.submit(old)
    assert all(not taken.leaves for taken in catch_up(mirror, us_node.channel)), "nothing is new"
    batch = [new[0], *old[:10], new[1], *old[10:], new[2]]
    author.submit(batch)
    (taken,) = catch_up(mirror, us_node.channel)
    (run,) = taken.runs
    assert list(run.records) == new and not run.withheld_hashes
    assert proven.hashes(run.batch.known_hashes) == [recipe.leaf_hash(each) for each in old]
    bits = int.from_bytes(run.batch.added, "little")
    assert [index for index in range(len(batch)) if bits >> index & 1] == [0, 11, 22]


def test_known_leaves_of_a_batch_may_be_withheld_ones(author, us_node, prefix):
    """The same signed records, of which one was restricted since."""
    first = samples.statistic(f"{prefix}-restricted", ["us"])
    old = [first.SerializeToString(), *statistics(f"{prefix}-old", 2)]
    author.submit(old)
    submit(author, restricted(first, []))
    mirror = us_node.mirrored()
    author.submit([*old, *statistics(f"{prefix}-new", 1)])
    (taken,) = catch_up(mirror, us_node.channel)
    assert len(taken.records) == 1 and not taken.hashes


def test_a_restriction_takes_records_from_later_mirrors(author, us_node, jp_node, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    (index,) = submit(author, first)
    early = us_node.mirrored()
    (notice,) = submit(author, restricted(first, ["jp"]))
    catch_up(early, us_node.channel)
    late = us_node.mirrored()
    assert index in early.records, "what it had it forgets by itself"
    assert index not in late.records and notice in late.records and notice in early.records
    assert {index, notice} <= set(jp_node.mirrored().records)
    assert early.fetch(us_node.channel, (index, 2)) == [notice]


def test_certificates_come_once_on_a_stream(author, us_node, consortium, prefix):
    """Those of a signer with an intermediate authority too; `Mirror` sees to it that they do."""
    issuing = pki.Authority("kr issuing CA", consortium.authorities["kr"])
    kim, lee = author.identity, issuing.person("kr", "kim")
    mirror = us_node.mirrored()
    with following(mirror, us_node.channel) as stream:
        next(stream)
        for number, signer in enumerate((kim, lee, kim, lee)):
            records = statistics(f"{prefix}-{number}", 2)
            size = author.submit(records, key=signer.key, chain=signer.chain).log_size
            stream.until(size)
    der = [each.public_bytes(Encoding.DER) for each in (*kim.chain, *lee.chain)]
    assert stream.certificates == der and len(der) == 3
    again = mirror.cut(len(mirror) - 8)
    once = Stream(again, us_node.channel, once=True)
    assert sum(len(taken.records) for taken in once) == 8 and once.certificates == der


# Where it begins and ends


def test_a_mirror_goes_on_from_any_position(author, us_node, prefix):
    """In the middle of a batch too, whatever of it was added or withheld."""
    start = len(us_node.mirrored())
    varied(author, prefix)
    whole = us_node.mirrored()
    for position in range(start, len(whole) + 1):
        mirror = whole.cut(position)
        taken = catch_up(mirror, us_node.channel)
        assert taken[0].first_index == position
        assert mirror.tree.root() == whole.tree.root() and mirror.newest == whole.newest
        assert mirror.records == whole.records, position


def test_a_mirror_that_has_everything_is_greeted(author, us_node, prefix):
    author.submit(statistics(prefix, 2))
    mirror = us_node.mirrored()
    (greeting,) = catch_up(mirror, us_node.channel)
    assert greeting.leaves == 0 and greeting.checkpoint == mirror.newest
    with following(mirror, us_node.channel, timeout=5) as stream:
        assert next(stream).leaves == 0


def test_an_answer_once_ends_at_the_end(author, us_node, prefix):
    author.submit(statistics(prefix, 30))
    mirror = us_node.mirror()
    stream = Stream(mirror, us_node.channel, once=True)
    assert sum(taken.leaves for taken in stream) == len(mirror) > 0
    assert stream.call.code() == grpc.StatusCode.OK
    assert len(mirror) == mirror.newest.size


def test_an_empty_log_is_followed_from_its_beginning(consortium, own_node):
    """Before the first record there is a checkpoint already, or none for now."""
    author = Client(own_node, consortium.people["kr"])
    peer = Peer(own_node, consortium.nodes["us"], "us")
    mirror = peer.mirror()
    with following(mirror, peer.channel) as stream:
        assert next(stream).leaves == 0
        author.submit(statistics("T", 3))
        stream.until(3)
    assert sorted(mirror.records) == [0, 1, 2]
    assert catch_up(peer.mirror(), peer.channel)[0].leaves == 3
    for each in (author, peer):
        each.channel.close()
    assert own_node.stop() == 0


def test_what_is_new_comes_as_it_is_logged(author, us_node, jp_node, prefix):
    of_us, of_jp = us_node.mirrored(), jp_node.mirrored()
    start = len(of_us)
    with (
        following(of_us, us_node.channel) as to_us,
        following(of_jp, jp_node.channel) as to_jp,
    ):
        assert next(to_us).leaves == next(to_jp).leaves == 0
        for number in range(10):
            author.submit(statistics(f"{prefix}-{number}", 3, ["us"] if number % 2 else ["jp"]))
            since = time.monotonic()
            to_us.until(start + 3 * number + 3)
            to_jp.until(start + 3 * number + 3)
            assert time.monotonic() - since < 5, "it comes at once"
    assert_as_released(of_us, all_of(author))
    assert_as_released(of_jp, all_of(author))


def test_what_comes_while_a_mirror_reads_is_neither_lost_nor_repeated(author, us_node, prefix):
    mirror = us_node.mirror()
    with following(mirror, us_node.channel) as stream:
        for number in range(20):
            size = author.submit(statistics(f"{prefix}-{number}", 5)).log_size
        stream.until(size)
    assert_as_released(mirror, all_of(author))


def test_a_stream_that_waits_is_heard_of(author, us_node, prefix):
    """And told by then that something was released that had been withheld."""
    target = samples.statistic(prefix, ["us"])
    submit(author, about(life.record_id(target), f"{prefix}-note", ["us"]))
    mirror, epoch = settled(us_node)
    with following(mirror, us_node.channel) as stream:
        assert next(stream).leaves == 0
        (index,) = submit(author, target)
        stream.until(index + 1)
        since = time.monotonic()
        assert next(stream).leaves == 0
        assert time.monotonic() - since < HEARTBEAT_SECONDS + 1
        assert mirror.release_epoch != epoch


# What is refused


def test_a_position_beyond_the_log_is_out_of_range(author, us_node, prefix):
    author.submit(statistics(prefix, 1))
    size = len(us_node.mirrored())
    us_node.refused(size)
    for position in (size + 1, size + 1000, 2**63 - 1, 2**63, LARGEST):
        for once in (True, False):
            with refusal(OUT_OF_RANGE):
                us_node.refused(position, once=once)


def test_another_log_is_not_found(us_node):
    for origin in ("msmt.example/dossier/us/1", "msmt.example/dossier/kr/2", ORIGIN + "\n"):
        with refusal(NOT_FOUND):
            us_node.refused(origin=origin)
        with refusal(NOT_FOUND):
            us_node.fetched((0, 1), origin=origin)
    with refusal(INVALID):
        us_node.refused(origin="")
    with refusal(INVALID):
        us_node.fetched((0, 1), origin="")


def test_only_nodes_may_mirror(origin_node, us_node, consortium):
    size = len(us_node.mirrored())
    strangers = [
        (consortium.people["kr"], "kr"),
        (consortium.people["us"], "us"),
        (consortium.reader, "kr"),
        (consortium.auditor, "jp"),
        (consortium.admin, "kr"),
        (consortium.stranger, "kr"),
        (consortium.authorities["us"].person("us", "one"), "us"),
    ]
    for identity, organisation in strangers:
        client = Peer(origin_node, identity, organisation)
        for position, origin in ((0, ORIGIN), (size + 1, ORIGIN), (0, "no/log")):
            with refusal(DENIED):
                client.refused(position, origin)
        with refusal(DENIED):
            client.fetched((0, 1))
        client.channel.close()


def test_a_node_may_not_read_or_submit(us_node, prefix):
    with refusal(DENIED):
        us_node.pages(limit=1)
    with refusal(DENIED):
        us_node.submit(statistics(prefix, 1))


# Streams that end early or read slowly


def test_cancelled_streams_leave_nothing_behind(author, origin_node, consortium, us_node, prefix):
    author.submit(statistics(prefix, 10))
    mirror = us_node.mirrored()

    def round_of(count: int) -> None:
        # A connection of its own: a node ends one that cancels very many calls.
        peer = Peer(origin_node, consortium.nodes["us"], "us")
        streams = [peer.open(len(mirror) - number % 3) for number in range(count)]
        for stream in streams[::2]:
            next(stream)
        for stream in streams:
            stream.cancel()
        for stream in streams:
            with refusal(grpc.StatusCode.CANCELLED):
                for _ in stream:
                    pass
        peer.channel.close()

    for _ in range(8):
        round_of(20)
    before = origin_node.memory()
    for _ in range(24):
        round_of(20)
    assert origin_node.memory() - before < 16 << 20
    assert catch_up(mirror, us_node.channel)[0].leaves == 0


def test_slow_followers_cost_little_memory_and_get_everything(consortium, own_node):
    """They hold back no writer, and no other follower."""
    author = Client(own_node, consortium.people["kr"])
    peers = [Peer(own_node, consortium.nodes["us"], "us") for _ in range(8)]
    padding = wire.field(1000, os.urandom(200_000))
    for number in range(16):
        author.submit([each + padding for each in statistics(f"T{number}", 15)])
    peers[0].mirrored()
    before = own_node.memory()
    streams = [Stream(peer.mirror(), peer.channel) for peer in peers]
    for stream in streams:
        next(stream)
    time.sleep(2)
    since = time.monotonic()
    author.submit(statistics("T-later", 5))
    assert len(peers[0].mirrored()) == 245
    assert time.monotonic() - since < 20
    grown = own_node.memory() - before
    assert grown < len(streams) * 16 << 20, f"{grown >> 20} MiB for 8 times 48 MB"
    for stream in streams:
        stream.until(245)
        stream.call.cancel()
        assert len(stream.mirror.records) == 245
    for each in (author, *peers):
        each.channel.close()
    assert own_node.stop() == 0


def test_a_node_that_shuts_down_ends_its_streams(consortium, own_node):
    """Those of mirrors, and lists that follow."""
    peer = Peer(own_node, consortium.nodes["us"], "us")
    author = Client(own_node, consortium.people["kr"])
    author.submit(statistics("T", 3))
    stream = Stream(peer.mirror(), peer.channel)
    stream.until(3)
    request = exchange_pb2.ListRequest(follow=True, new_only=True)
    pages = author.exchange.List(request, timeout=CALL_SECONDS)
    next(pages)
    assert own_node.stop() == 0, own_node.log.read_text()
    for answer in (stream, pages):
        with refusal(UNAVAILABLE):
            for _ in answer:
                pass
    for each in (author, peer):
        each.channel.close()


# Leaves that are looked at again


def settled(peer: Peer) -> tuple[Mirror, bytes]:
    """A mirror of the whole log, and the epoch, once it says all that was submitted."""
    time.sleep(SETTLE_SECONDS)
    mirror = peer.mirrored()
    return mirror, mirror.release_epoch


def test_what_was_released_since_is_fetched(author, us_node, jp_node, prefix):
    target = samples.statistic(prefix, ["us"])
    note = about(life.record_id(target), f"{prefix}-note", ["us", "jp"])
    reply = about(life.record_id(note), f"{prefix}-reply", ["us"])
    first, second = submit(author, note, reply)
    of_us, epoch = settled(us_node)
    of_jp = jp_node.mirrored()
    for mirror, peer in ((of_us, us_node), (of_jp, jp_node)):
        assert {first, second} <= set(mirror.hash_only)
        assert mirror.fetch(peer.channel, (first, 2)) == []
    submit(author, target)
    wait_for_another_epoch(of_us, us_node, epoch)
    catch_up(of_jp, jp_node.channel)
    assert of_us.fetch(us_node.channel, (first, 2)) == [first, second]
    assert of_jp.fetch(jp_node.channel, (first, 3)) == []
    assert_as_released(of_us, all_of(author))
    assert_as_released(of_jp, all_of(author))
    assert_as_released(us_node.mirrored(), all_of(author))


def wait_for_another_epoch(mirror: Mirror, peer: Peer, epoch: bytes) -> None:
    """When it changes is not said; a waiting stream has it with its next message."""
    deadline = time.monotonic() + HEARTBEAT_SECONDS
    while mirror.release_epoch == epoch:
        assert time.monotonic() < deadline, "the epoch has not changed"
        catch_up(mirror, peer.channel)
        time.sleep(0.1)


def test_a_later_version_of_the_target_releases_what_is_about_it(author, us_node, prefix):
    target = samples.statistic(prefix)
    note = about(life.record_id(target), f"{prefix}-note", ["us"])
    _, index = submit(author, target, note)
    mirror, epoch = settled(us_node)
    assert index in mirror.hash_only
    submit(author, amended(target, ["us"]))
    wait_for_another_epoch(mirror, us_node, epoch)
    assert mirror.fetch(us_node.channel, (index, 1)) == [index]
    assert_as_released(mirror, all_of(author))


def test_the_epoch_stays_while_nothing_that_was_withheld_is_released(author, us_node, prefix):
    mirror, epoch = settled(us_node)
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    for each in (first, second, restricted(second, []), samples.statistic(f"{prefix}-kept")):
        submit(author, each)
        catch_up(mirror, us_node.channel)
        assert mirror.release_epoch == epoch
    time.sleep(SETTLE_SECONDS)
    submit(author, samples.statistic(f"{prefix}-last"))
    catch_up(mirror, us_node.channel)
    assert mirror.release_epoch == epoch


def test_all_that_is_released_of_many_ranges_is_fetched(author, us_node, prefix):
    varied(author, prefix)
    whole = us_node.mirrored()
    size = len(whole)
    forgetful = whole.clone()
    for ranges in (
        [(0, size)],
        [(0, LARGEST)],
        [(size, 1)],
        [(size - 1, 100), (size + 200, 1)],
        [(LARGEST - 5, 5)],
        [(index, 1) for index in range(0, size, 2)][:1000],
        [(index, 2) for index in range(1, size, 3)][:1000],
    ):
        forgetful.records.clear()
        asked = {
            index for first, count in ranges for index in range(first, min(first + count, size))
        }
        assert forgetful.fetch(us_node.channel, *ranges) == sorted(asked & set(whole.records))
        assert forgetful.records == {index: whole.records[index] for index in forgetful.records}


def test_ranges_that_are_none_are_refused(author, us_node, prefix):
    author.submit(statistics(prefix, 5))
    for ranges in (
        [],
        [(0, 0)],
        [(0, 1), (3, 0)],
        [(3, 1), (0, 1)],
        [(0, 1), (0, 1)],
        [(0, 3), (2, 2)],
        [(0, LARGEST), (5, 1)],
        [(2 * index, 1) for index in range(1001)],
    ):
        with refusal(INVALID):
            us_node.fetched(*ranges)


def test_many_large_records_are_fetched_in_many_messages(author, us_node, prefix):
    padding = wire.field(1000, os.urandom(200_000))
    mirror = us_node.mirrored()
    start = len(mirror)
    for number in range(3):
        author.submit([each + padding for each in statistics(f"{prefix}-{number}", 15)])
    messages = catch_up(mirror, us_node.channel)
    assert len(messages) > 1 and len(mirror.records.keys() & set(range(start, start + 45))) == 45
    answers = us_node.fetched((start, 45))
    assert len(answers) > 1 and answers[-1].answered_below == start + 45
    assert mirror.fetch(us_node.channel, (start, 45)) == list(range(start, start + 45))


def test_what_is_said_to_be_answered_does_not_come_later(author, us_node, prefix):
    padding = wire.field(1000, os.urandom(200_000))
    for number in range(2):
        author.submit([each + padding for each in statistics(f"{prefix}-{number}", 15)])
    answered_below = 0
    for answer in us_node.fetched((0, LARGEST)):
        assert all(answered_below <= each.leaf_index for each in answer.records)
        answered_below = answer.answered_below


def test_streams_that_begin_at_once_all_have_an_epoch(consortium, own_node):
    author = Client(own_node, consortium.people["kr"])
    notes = [about(os.urandom(32), f"T{number}", ["us"]) for number in range(3000)]
    author.submit([each.SerializeToString() for each in notes])
    peer = Peer(own_node, consortium.nodes["us"], "us")
    epochs = {next(stream).release_epoch for stream in [peer.open(3000) for _ in range(20)]}
    for each in (author, peer):
        each.channel.close()
    assert own_node.stop() == 0
    assert {len(each) for each in epochs} == {8}


def test_under_originator_control_only_notices_come_whole(consortium, own_node, prefix):
    author = Client(own_node, consortium.people["kr"])
    peer = Peer(own_node, consortium.nodes["us"], "us")
    first = samples.statistic(prefix, ["us"])
    first.header.marking.orcon = True
    indexes = submit(author, first, withdrawn(first))
    hash_only = peer.mirrored().hash_only
    for each in (author, peer):
        each.channel.close()
    assert hash_only == indexes[:1]


# What it costs


@pytest.mark.parametrize("size", [100, 250])
def test_following_costs_little_more_than_the_records(author, us_node, prefix, size):
    mirror = us_node.mirrored()
    batches = [statistics(f"{prefix}-{number}", size) for number in range(1000 // size)]
    for batch in batches:
        author.submit(batch)
    stream = Stream(mirror, us_node.channel, once=True)
    assert sum(len(taken.records) for taken in stream) == 1000
    records = sum(len(each) for batch in batches for each in batch)
    assert stream.bytes <= 1.1 * records + ENVELOPE, (stream.bytes, records)


def test_withheld_leaves_cost_their_hashes(author, us_node, prefix):
    mirror = us_node.mirrored()
    released = 0
    for number in range(4):
        author.submit(statistics(f"{prefix}-of-jp-{number}", 100, ["jp"]))
        mixed = statistics(f"{prefix}-{number}", 50)
        released += sum(len(each) for each in mixed)
        author.submit(mixed + statistics(f"{prefix}-orcon-{number}", 50, orcon=True))
    stream = Stream(mirror, us_node.channel, once=True)
    taken = list(stream)
    assert sum(len(each.hashes) for each in taken) == 600
    assert stream.bytes <= 1.1 * released + ENVELOPE + 32 * 600, (stream.bytes, released)


def test_what_comes_while_a_stream_waits_costs_no_more(author, us_node, prefix):
    mirror = us_node.mirrored()
    with following(mirror, us_node.channel) as stream:
        next(stream)
        records = 0
        for number in range(10):
            batch = statistics(f"{prefix}-{number}", 100)
            records += sum(len(each) for each in batch)
            stream.until(author.submit(batch).log_size)
    assert stream.bytes <= 1.1 * records + ENVELOPE, (stream.bytes, records)


# That this mirror would notice


def first_batch(message) -> mirror_pb2.LeafRun:
    return next(run for run in message.runs if run.HasField("batch"))


def flipped(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def change_record(message):
    run = first_batch(message)
    run.records[0] = flipped(run.records[0])


def withhold_record(message):
    run = first_batch(message)
    run.withheld_hashes = recipe.leaf_hash(run.records[0])[:-1] + b"\0"
    run.records[0] = b""


def drop_leaf(message):
    run = message.runs[-1]
    if run.HasField("batch"):
        del run.records[-1]
    else:
        run.withheld_hashes = run.withheld_hashes[:-32]


def change_signature(message):
    run = first_batch(message)
    run.batch.signature = flipped(run.batch.signature)


def change_checkpoint(message):
    note = message.checkpoint.checkpoint.split(b"\n")
    note[1] = b"%d" % (int(note[1]) + 1)
    message.checkpoint.checkpoint = b"\n".join(note)


def repeat_certificate(message):
    message.certificate_der.append(message.certificate_der[0])


def move_on(message):
    message.first_index += 1


LIES = [
    change_record,
    withhold_record,
    drop_leaf,
    change_signature,
    change_checkpoint,
    repeat_certificate,
    move_on,
]


@pytest.mark.parametrize("lie", LIES)
def test_this_mirror_notices_lies(author, us_node, prefix, lie):
    author.submit(statistics(prefix, 3))
    message = next(us_node.open(once=True))
    us_node.mirror().take(message, [])
    lie(message)
    with pytest.raises(VerificationError):
        us_node.mirror().take(message, [])


def test_this_mirror_notices_a_log_that_went_another_way(author, us_node, prefix):
    author.submit(statistics(prefix, 3))
    elsewhere = us_node.mirror()
    elsewhere.tree.extend([os.urandom(32)])
    with pytest.raises(VerificationError):
        catch_up(elsewhere, us_node.channel)


# The services that go with it


def test_a_log_is_asked_for_by_its_origin(author, us_node, vkey, prefix):
    author.submit(statistics(prefix, 1))
    for origin in ("", ORIGIN):
        request = log_pb2.GetCheckpointRequest(log_origin=origin)
        answer = us_node.log.GetCheckpoint(request, timeout=CALL_SECONDS)
        assert proven.checkpoint(answer.checkpoint, vkey).size == len(us_node.mirrored())
    with refusal(NOT_FOUND):
        request = log_pb2.GetCheckpointRequest(log_origin="msmt.example/dossier/us/1")
        us_node.log.GetCheckpoint(request, timeout=CALL_SECONDS)
