"""The life of a finding: its versions follow each other, and each member sees its own of them."""

import os
import random

import grpc
import pytest

import life
import samples
from dossier.v1 import exchange_pb2, record_pb2
from expect import INVALID, refusal
from life import CURRENT, NOTICE, SUPERSEDED, WITHDRAWN, about, amended, restricted, withdrawn
from node import CALL_SECONDS, Client

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
NOT_FOUND = grpc.StatusCode.NOT_FOUND
RELEASABILITY = "header.marking.releasability"
ABOUT_ANOTHER = life.ABOUT_ANOTHER
MAXIMUM_DEPTH = 6  # of findings about findings, see the tests of longer chains
NEXT = {"amend": amended, "restrict": restricted, "withdraw": withdrawn}


def submit(client, *records):
    """Submits each record in a batch of its own."""
    for each in records:
        client.submit([each.SerializeToString()])


def shown(client, reference: str, **filters) -> list[tuple[int, int]]:
    """Version and standing of what is listed of a finding."""
    return [
        (record_pb2.Record.FromString(each.record).header.version, each.standing)
        for each in client.list(reference=reference, **filters)
    ]


def every(client, reference: str) -> list[tuple[int, int]]:
    return shown(client, reference, all_versions=True)


def got(client, reference: str, version: int = 0) -> tuple[int, int] | None:
    """Version and standing of what is got of a finding of kr's; nothing if it is not there."""
    try:
        answer = client.get(originator="kr", reference=reference, version=version).record
    except grpc.RpcError as error:
        assert error.code() == NOT_FOUND, error.details()
        return None
    return record_pb2.Record.FromString(answer.record).header.version, answer.standing


def same_as(client, reference: str, records) -> None:
    """That the client gets these versions by number, byte for byte, and no other."""
    given = {each.header.version: each.SerializeToString() for each in records}
    for version in range(1, max(given) + 2):
        if version in given:
            answer = client.get(originator="kr", reference=reference, version=version)
            assert answer.record.record == given[version]
        else:
            assert got(client, reference, version) is None


# Order and targets


@pytest.mark.parametrize("make", NEXT.values(), ids=NEXT)
def test_a_version_needs_the_one_before_it(kr, prefix, make):
    first = samples.statistic(prefix, ["us"])
    second = make(first)
    with refusal(PRECONDITION):
        submit(kr, second)
    submit(kr, first)
    skipping = make(first)
    skipping.header.version = 3
    with refusal(PRECONDITION):
        submit(kr, skipping)
    assert every(kr, prefix) == [(1, CURRENT)]
    submit(kr, second)
    assert len(every(kr, prefix)) == 2


@pytest.mark.parametrize("make", NEXT.values(), ids=NEXT)
def test_a_version_names_the_one_before_it_as_target(kr, prefix, make):
    first, other = samples.statistic(prefix), samples.statistic(f"{prefix}-other")
    second = amended(first)
    submit(kr, first, other, second)
    for target in (life.record_id(other), life.record_id(first), os.urandom(32)):
        third = make(second)
        third.header.target_record_id = target
        with refusal(PRECONDITION):
            submit(kr, third)
    assert every(kr, prefix) == [(1, SUPERSEDED), (2, CURRENT)]


@pytest.mark.parametrize("make", NEXT.values(), ids=NEXT)
def test_nothing_follows_a_withdrawal(kr, prefix, make):
    first = samples.statistic(prefix)
    last = withdrawn(first)
    submit(kr, first, last)
    with refusal(PRECONDITION):
        submit(kr, make(last))
    assert every(kr, prefix) == [(1, WITHDRAWN), (2, NOTICE)]


def test_another_record_of_the_same_version_is_refused(kr, prefix):
    first = samples.statistic(prefix)
    second = amended(first)
    submit(kr, first, second)
    for make in NEXT.values():
        with refusal(grpc.StatusCode.ALREADY_EXISTS):
            submit(kr, make(first))
    assert every(kr, prefix) == [(1, SUPERSEDED), (2, CURRENT)]


def test_a_retry_is_harmless_whatever_came_after(kr, prefix):
    first = samples.statistic(prefix)
    second = amended(first)
    last = withdrawn(second)
    submit(kr, first, second, last)
    for each in (second, first, last):
        assert kr.submit([each.SerializeToString()]).appended == 0


def test_a_whole_life_may_come_in_one_batch(kr, us, prefix):
    versions = [samples.statistic(prefix, ["us"])]
    for make in (amended, restricted, amended, withdrawn):
        versions.append(make(versions[-1]))
    request = kr.request([each.SerializeToString() for each in versions])
    assert [kr.send(request).receipt.appended for _ in range(2)] == [5, 0]
    everything = [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE), (4, WITHDRAWN), (5, NOTICE)]
    assert every(kr, prefix) == every(us, prefix) == everything


def test_a_batch_with_a_gap_is_refused_as_a_whole(kr, prefix):
    first = samples.statistic(prefix)
    last = withdrawn(first)
    beyond = amended(last)
    for batch in ([first, amended(amended(first))], [first, last, beyond]):
        with refusal(PRECONDITION):
            kr.submit([each.SerializeToString() for each in batch])
        assert every(kr, prefix) == []


def test_a_stream_refuses_a_version_out_of_order_and_goes_on(kr, prefix):
    first = samples.statistic(prefix)
    second = amended(first)
    third = amended(second)
    requests = [
        exchange_pb2.SubmitStreamRequest(submission=kr.request([each.SerializeToString()]))
        for each in (first, third, second, third)
    ]
    answers = list(kr.exchange.SubmitStream(iter(requests), timeout=CALL_SECONDS))
    outcomes = [each.WhichOneof("outcome") for each in answers]
    assert outcomes == ["receipt", "refusal", "receipt", "receipt"]
    assert answers[1].refusal.code == PRECONDITION.value[0]


def with_version(record, number: int):
    record.header.version = number
    return record


def with_operation(record, operation: int):
    record.header.operation = operation
    return record


def with_target(record, target: bytes):
    record.header.target_record_id = target
    return record


def with_content(record):
    record.assessment.CopyFrom(samples.statistic("any").assessment)
    return record


def without_content(record):
    record.ClearField("content")
    return record


def without_report(record):
    record.ClearField("report")
    return record


NO_VERSIONS = {
    "an assertion as second version": (
        lambda first: with_operation(amended(first), record_pb2.OPERATION_ASSERT),
        ("header.version", "header.target_record_id"),
    ),
    "an amendment as first version": (
        lambda first: with_version(amended(first), 1),
        ("header.version",),
    ),
    "a restriction as first version": (
        lambda first: with_version(restricted(first), 1),
        ("header.version",),
    ),
    "a withdrawal as first version": (
        lambda first: with_version(withdrawn(first), 1),
        ("header.version",),
    ),
    "an annotation as second version": (
        lambda first: with_operation(amended(first), record_pb2.OPERATION_ANNOTATE),
        ("header.version",),
    ),
    "an amendment of nothing": (
        lambda first: with_target(amended(first), b""),
        ("header.target_record_id",),
    ),
    "a withdrawal of nothing": (
        lambda first: with_target(withdrawn(first), b""),
        ("header.target_record_id",),
    ),
    "a target of 31 bytes": (
        lambda first: with_target(amended(first), b"\1" * 31),
        ("header.target_record_id",),
    ),
    "an amendment without content": (lambda first: without_content(amended(first)), ("content",)),
    "a restriction with content": (
        lambda first: with_content(restricted(first)),
        ("content.assessment",),
    ),
    "a withdrawal with content": (
        lambda first: with_content(withdrawn(first)),
        ("content.assessment",),
    ),
    "a withdrawal without a reason": (lambda first: without_report(withdrawn(first)), ("report",)),
}


@pytest.mark.parametrize("name", NO_VERSIONS)
def test_what_is_no_version_is_named(kr, prefix, name):
    make, fields = NO_VERSIONS[name]
    first = samples.statistic(prefix)
    submit(kr, first)
    with refusal(INVALID) as refused:
        submit(kr, make(first))
    assert set(refused.violations) == {f"records[0].{each}" for each in fields}
    assert every(kr, prefix) == [(1, CURRENT)]


def test_a_version_whose_operation_nobody_knows_is_withheld_and_changes_nothing(kr, us, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first, with_operation(amended(first), 99))
    assert every(us, prefix) == [(1, CURRENT)] and got(us, prefix) == (1, CURRENT)
    assert kr.get(originator="kr", reference=prefix, version=2).record.withheld_reason


@pytest.mark.parametrize("operation", ABOUT_ANOTHER, ids=record_pb2.Operation.Name)
def test_a_finding_about_another_names_its_target(kr, prefix, operation):
    for target in (b"", b"\1" * 31, b"\1" * 33):
        with refusal(INVALID) as refused:
            submit(kr, about(target, prefix, operation=operation))
        assert list(refused.violations) == ["records[0].header.target_record_id"]


# Amendments


def test_an_amendment_takes_the_place_of_the_version_before(kr, us, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    submit(kr, first)
    for client in (kr, us):
        assert shown(client, prefix) == every(client, prefix) == [(1, CURRENT)]
    submit(kr, second)
    for client in (kr, us):
        assert shown(client, prefix) == [(2, CURRENT)]
        assert every(client, prefix) == [(1, SUPERSEDED), (2, CURRENT)]
        assert got(client, prefix) == (2, CURRENT)
        assert got(client, prefix, 1) == (1, SUPERSEDED)
        assert client.get(life.record_id(first).hex()).record.standing == SUPERSEDED
        same_as(client, prefix, [first, second])


def test_a_narrower_amendment_leaves_others_the_version_before_as_current(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    submit(kr, first)
    before = us.get(originator="kr", reference=prefix).record
    second = amended(first, ["jp"])
    submit(kr, second)
    assert every(jp, prefix) == every(kr, prefix) == [(1, SUPERSEDED), (2, CURRENT)]
    assert shown(us, prefix) == every(us, prefix) == [(1, CURRENT)]
    assert us.get(originator="kr", reference=prefix).record == before, "nothing tells that it is"
    same_as(us, prefix, [first])
    with refusal(NOT_FOUND):
        us.get(life.record_id(second).hex())


def test_a_wider_amendment_shows_newcomers_no_version_before(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first, ["us", "jp"])
    submit(kr, first, second)
    assert shown(us, prefix) == shown(jp, prefix) == [(2, CURRENT)]
    assert every(jp, prefix) == [(2, CURRENT)]
    assert every(us, prefix) == [(1, SUPERSEDED), (2, CURRENT)]
    same_as(jp, prefix, [second])


# Restrictions


def test_a_restriction_hides_all_before_it_from_who_was_removed(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    second = amended(first)
    third = restricted(second, ["jp"])
    submit(kr, first, second)
    assert shown(us, prefix) == [(2, CURRENT)]
    submit(kr, third)
    assert shown(us, prefix) == []
    assert every(us, prefix) == [(3, NOTICE)]
    assert got(us, prefix) == (3, NOTICE)
    same_as(us, prefix, [third])
    for each in (first, second):
        with refusal(NOT_FOUND):
            us.get(life.record_id(each).hex())
    for client in (kr, jp):
        assert shown(client, prefix) == [(2, CURRENT)]
        assert got(client, prefix) == (2, CURRENT)
        assert every(client, prefix) == [(1, SUPERSEDED), (2, CURRENT), (3, NOTICE)]


def test_a_restriction_to_nobody_leaves_everybody_the_notice(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first, restricted(first, []))
    assert every(us, prefix) == [(2, NOTICE)] and got(us, prefix) == (2, NOTICE)
    assert every(jp, prefix) == [] and got(jp, prefix) is None
    assert shown(kr, prefix) == [(1, CURRENT)]


def test_what_comes_after_a_restriction_is_released_as_it_says(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    second = restricted(first, ["jp"])
    third = amended(second, ["us"])
    submit(kr, first, second, third)
    assert every(us, prefix) == [(2, NOTICE), (3, CURRENT)] and got(us, prefix) == (3, CURRENT)
    assert every(jp, prefix) == [(1, CURRENT), (2, NOTICE)]
    assert every(kr, prefix) == [(1, SUPERSEDED), (2, NOTICE), (3, CURRENT)]


def test_a_restriction_gives_a_version_to_nobody_who_did_not_have_it(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first, ["us", "jp"])
    submit(kr, first, second, restricted(second, ["jp"]))
    assert every(jp, prefix) == [(2, CURRENT), (3, NOTICE)]
    assert every(us, prefix) == [(3, NOTICE)]


@pytest.mark.parametrize("released", [[], ["us"]], ids=["to nobody before", "to another before"])
def test_a_restriction_must_not_name_anybody_new(kr, jp, prefix, released):
    first = samples.statistic(prefix, released)
    submit(kr, first)
    wider = restricted(first, [*released, "jp"])
    with refusal(INVALID) as refused:
        submit(kr, wider)
    assert list(refused.violations) == [f"records[0].{RELEASABILITY}"]
    submission = kr.request([wider.SerializeToString()])
    requests = iter([exchange_pb2.SubmitStreamRequest(submission=submission)])
    (answer,) = kr.exchange.SubmitStream(requests, timeout=CALL_SECONDS)
    (finding,) = answer.refusal.findings
    assert (answer.refusal.code, finding.rule) == (INVALID.value[0], "RELEASABILITY")
    assert finding.field == f"records[0].{RELEASABILITY}" and "jp" in finding.hint
    assert every(kr, prefix) == [(1, CURRENT)] and every(jp, prefix) == []


def test_a_restriction_may_name_whom_a_version_of_its_own_batch_named(kr, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first)
    second = amended(first, ["jp"])
    third = restricted(second, ["jp"])
    kr.submit([each.SerializeToString() for each in (second, third)])
    assert every(jp, prefix) == [(2, CURRENT), (3, NOTICE)]


# Withdrawals


def test_a_withdrawn_finding_leaves_the_default_answers(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first)
    third = withdrawn(second)
    submit(kr, first, second, third)
    for client in (kr, us):
        assert shown(client, prefix) == []
        assert got(client, prefix) == (3, NOTICE)
        assert got(client, prefix, 1) == (1, WITHDRAWN)
        assert got(client, prefix, 2) == (2, WITHDRAWN)
        assert every(client, prefix) == [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE)]
        assert client.get(life.record_id(second).hex()).record.standing == WITHDRAWN
        same_as(client, prefix, [first, second, third])
    assert every(jp, prefix) == [] and got(jp, prefix) is None


def test_a_withdrawal_reaches_everybody_whom_any_version_named(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first, ["jp"])
    submit(kr, first, second, withdrawn(second, []))
    assert every(us, prefix) == [(1, WITHDRAWN), (3, NOTICE)] and got(us, prefix) == (3, NOTICE)
    assert every(jp, prefix) == [(2, WITHDRAWN), (3, NOTICE)] and got(jp, prefix) == (3, NOTICE)


def test_a_withdrawal_after_a_restriction_reaches_who_was_removed(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us", "jp"])
    second = restricted(first, ["jp"])
    submit(kr, first, second, withdrawn(second, []))
    assert every(us, prefix) == [(2, NOTICE), (3, NOTICE)] and got(us, prefix) == (3, NOTICE)
    assert every(jp, prefix) == [(1, WITHDRAWN), (2, NOTICE), (3, NOTICE)]


def test_a_notice_is_listed_under_the_kind_of_its_finding(kr, prefix):
    first = samples.statistic(prefix)
    submit(kr, first, withdrawn(first))
    kinds = [record_pb2.KIND_ASSESSMENT]
    assert len(kr.list(reference=prefix, kinds=kinds, all_versions=True)) == 2
    assert kr.list(reference=prefix, kinds=[record_pb2.KIND_WALLET], all_versions=True) == []


# Findings about another's


@pytest.mark.parametrize("operation", ABOUT_ANOTHER, ids=record_pb2.Operation.Name)
def test_a_finding_about_another_is_released_to_whom_both_are(kr, us, jp, prefix, operation):
    target = samples.statistic(prefix, ["us"])
    submit(kr, target)
    note = about(life.record_id(target), f"{prefix}-note", ["us", "jp"], operation)
    submit(kr, note)
    assert every(kr, f"{prefix}-note") == every(us, f"{prefix}-note") == [(1, CURRENT)]
    assert every(jp, f"{prefix}-note") == [] and got(jp, f"{prefix}-note") is None
    with refusal(NOT_FOUND):
        jp.get(life.record_id(note).hex())
    kept = about(life.record_id(target), f"{prefix}-kept", [], operation)
    submit(kr, kept)
    assert every(us, f"{prefix}-kept") == [] and every(kr, f"{prefix}-kept") == [(1, CURRENT)]
    assert every(us, prefix) == [(1, CURRENT)], "it changes nothing of what it is about"


def test_a_finding_about_an_unknown_record_is_withheld_until_that_is_there(kr, us, jp, prefix):
    target = samples.statistic(prefix, ["us"])
    note = about(life.record_id(target), f"{prefix}-note", ["us", "jp"])
    submit(kr, note)
    same_as(kr, f"{prefix}-note", [note])
    assert every(kr, f"{prefix}-note") == [(1, CURRENT)]
    for client in (us, jp):
        assert every(client, f"{prefix}-note") == [] and got(client, f"{prefix}-note") is None
    submit(kr, target)
    assert every(us, f"{prefix}-note") == [(1, CURRENT)]
    assert every(jp, f"{prefix}-note") == [] and got(jp, f"{prefix}-note") is None


def test_the_originator_is_told_that_a_target_is_unknown(kr, us, prefix):
    target = samples.statistic(prefix, ["us"])
    submit(kr, about(life.record_id(target), f"{prefix}-note", ["us"]))
    with refusal(NOT_FOUND):
        us.get(originator="kr", reference=f"{prefix}-note")
    assert kr.get(originator="kr", reference=f"{prefix}-note").record.withheld_reason
    assert all(each.withheld_reason for each in kr.list(reference=f"{prefix}-note"))


def test_the_originator_is_told_that_a_target_is_released_to_nobody_here(kr, us, prefix):
    target = samples.statistic(prefix)
    submit(kr, target, about(life.record_id(target), f"{prefix}-note", ["us"]))
    with refusal(NOT_FOUND):
        us.get(originator="kr", reference=f"{prefix}-note")
    assert kr.get(originator="kr", reference=f"{prefix}-note").record.withheld_reason


def test_the_originator_is_told_that_it_restricted_to_nobody(kr, us, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first, restricted(first, []))
    with refusal(NOT_FOUND):
        us.get(originator="kr", reference=prefix, version=1)
    assert kr.get(originator="kr", reference=prefix, version=1).record.withheld_reason


def test_the_originator_is_not_told_so_of_a_notice_that_others_get(kr, us, prefix):
    first = samples.statistic(prefix, ["us"])
    submit(kr, first, restricted(first, []))
    assert us.get(originator="kr", reference=prefix, version=2).record.record
    assert not kr.get(originator="kr", reference=prefix, version=2).record.withheld_reason


def test_the_originator_is_told_nothing_of_what_others_are_given(kr, prefix):
    target = samples.statistic(prefix, ["us"])
    submit(kr, target, about(life.record_id(target), f"{prefix}-note", ["us"]))
    for reference in (prefix, f"{prefix}-note"):
        assert not kr.get(originator="kr", reference=reference).record.withheld_reason


def test_a_later_version_of_the_target_is_enough(kr, us, jp, prefix):
    first = samples.statistic(prefix, ["us"])
    second = amended(first, ["jp"])
    submit(kr, first, second)
    submit(kr, about(life.record_id(first), f"{prefix}-first", ["us", "jp"]))
    submit(kr, about(life.record_id(second), f"{prefix}-second", ["us", "jp"]))
    assert every(us, f"{prefix}-first") == every(jp, f"{prefix}-first") == [(1, CURRENT)]
    assert every(us, f"{prefix}-second") == [] and every(jp, f"{prefix}-second") == [(1, CURRENT)]


def test_a_finding_about_another_goes_from_whom_that_is_taken(kr, us, jp, prefix):
    target = samples.statistic(prefix, ["us", "jp"])
    submit(kr, target, about(life.record_id(target), f"{prefix}-note", ["us", "jp"]))
    submit(kr, restricted(target, ["jp"]))
    assert every(us, f"{prefix}-note") == [] and got(us, f"{prefix}-note") is None
    assert every(jp, f"{prefix}-note") == [(1, CURRENT)]


def test_a_finding_about_a_withdrawn_one_stays(kr, us, prefix):
    target = samples.statistic(prefix, ["us"])
    submit(kr, target, about(life.record_id(target), f"{prefix}-note", ["us"]), withdrawn(target))
    assert every(us, prefix) == [(1, WITHDRAWN), (2, NOTICE)]
    assert every(us, f"{prefix}-note") == [(1, CURRENT)]


def test_no_version_of_a_finding_about_another_goes_further_than_that(kr, us, jp, prefix):
    target = samples.statistic(prefix, ["us"])
    note = about(life.record_id(target), f"{prefix}-note", ["us"])
    wider = amended(note, ["us", "jp"])
    submit(kr, target, note, wider)
    assert every(us, f"{prefix}-note") == [(1, SUPERSEDED), (2, CURRENT)]
    assert every(jp, f"{prefix}-note") == []
    submit(kr, withdrawn(wider))
    assert every(us, f"{prefix}-note") == [(1, WITHDRAWN), (2, WITHDRAWN), (3, NOTICE)]
    assert every(jp, f"{prefix}-note") == [], "jp has nothing of it that was taken back"


def test_a_finding_about_a_finding_about_another(kr, us, jp, prefix):
    target = samples.statistic(prefix, ["us"])
    note = about(life.record_id(target), f"{prefix}-note", ["us", "jp"])
    reply = about(life.record_id(note), f"{prefix}-reply", ["us", "jp"])
    submit(kr, reply, note)
    assert every(us, f"{prefix}-reply") == every(jp, f"{prefix}-reply") == []
    submit(kr, target)
    assert every(us, f"{prefix}-reply") == [(1, CURRENT)] and every(jp, f"{prefix}-reply") == []


def chain(prefix: str, length: int) -> list[record_pb2.Record]:
    """Findings of which each is about the one before it; all are released to us."""
    made = [samples.statistic(f"{prefix}-0", ["us"])]
    for number in range(1, length):
        made.append(about(life.record_id(made[-1]), f"{prefix}-{number}", ["us"]))
    return made


@pytest.fixture
def pair(own_node, consortium):
    """kr and us at a node that no other test uses, so that none sees what is wrong with these."""
    made = [Client(own_node, consortium.people[name], name) for name in ("kr", "us")]
    yield made
    for each in made:
        each.channel.close()


@pytest.mark.parametrize("length", [9, 33])
def test_findings_about_findings_are_given_alike_by_get_and_list(pair, prefix, length):
    kr, us = pair
    records = chain(prefix, length)
    kr.submit([each.SerializeToString() for each in records])
    for each in records:
        assert every(us, each.header.reference) == [(1, CURRENT)]
        assert got(us, each.header.reference) == (1, CURRENT)


def test_what_is_too_far_from_its_beginning_is_withheld_from_others(pair, prefix):
    kr, us = pair
    records = chain(prefix, 35)
    kr.submit([each.SerializeToString() for each in records])
    last = [each.header.reference for each in records[-2:]]
    for reference in last:
        assert every(us, reference) == [] and got(us, reference) is None
        assert every(kr, reference) == [(1, CURRENT)]
    assert got(us, records[-3].header.reference) == (1, CURRENT)


def test_a_list_gives_what_get_gives_in_whatever_order_it_was_logged(pair, prefix):
    kr, us = pair
    records = chain(prefix, 12)[::-1]
    kr.submit([each.SerializeToString() for each in records])
    references = {each.header.reference for each in records}
    listed = {record_pb2.Record.FromString(each.record).header.reference for each in us.list()}
    assert {each for each in references if got(us, each)} == references & listed


# All of it


def random_next(random_: random.Random, versions: list[record_pb2.Record]) -> record_pb2.Record:
    """Some version that may follow these."""
    named = {each for version in versions for each in version.header.marking.releasability}
    operation = random_.choices(
        [record_pb2.OPERATION_AMEND, record_pb2.OPERATION_RESTRICT, record_pb2.OPERATION_WITHDRAW],
        [5, 4, 1],
    )[0]
    possible = named if operation == record_pb2.OPERATION_RESTRICT else ("us", "jp")
    released_to = [each for each in sorted(possible) if random_.random() < 0.6]
    return life.following(versions[-1], operation, released_to)


def test_any_lives_are_shown_to_each_as_the_rules_say(kr, us, jp, prefix):
    """Against `life.Findings`, which has the rules from record.proto and nothing else."""
    seed = int.from_bytes(os.urandom(4))
    random_ = random.Random(seed)
    findings: list[list[record_pb2.Record]] = []
    to_come: list[list[record_pb2.Record]] = []
    depths: list[int] = []
    for number in range(40):
        reference = f"{prefix}-{number}"
        released_to = [each for each in ("us", "jp") if random_.random() < 0.7]
        first = samples.statistic(reference, released_to)
        depths.append(0)
        if number % 2:
            shallow = [each for each in range(number) if depths[each] < MAXIMUM_DEPTH]
            subject = random_.choice(shallow)
            target = random_.choice(findings[subject])
            depths[number] = depths[subject] + 1
            first = about(
                life.record_id(target), reference, released_to, random_.choice(ABOUT_ANOTHER)
            )
        versions = [first]
        for _ in range(random_.randrange(5)):
            versions.append(random_next(random_, versions))
            if versions[-1].header.operation == record_pb2.OPERATION_WITHDRAW:
                break
        findings.append(versions)
        to_come.append(list(versions))
    while to_come := [each for each in to_come if each]:
        submit(kr, random_.choice(to_come).pop(0))

    def is_of_this_test(record: bytes) -> bool:
        reference = record_pb2.Record.FromString(record).header.reference
        return reference.startswith(f"{prefix}-")

    logged = [(each.leaf_index, each.record) for each in kr.list(all_versions=True)]
    model = life.Findings(each for each in logged if is_of_this_test(each[1]))
    assert len(model.versions) == sum(map(len, findings))
    for client, organisation in ((kr, "kr"), (us, "us"), (jp, "jp")):
        expected = model.shown(organisation)
        of_all = {
            each.leaf_index: each.standing
            for each in client.list(all_versions=True)
            if is_of_this_test(each.record)
        }
        assert of_all == expected, (seed, organisation)
        current = [each.leaf_index for each in client.list() if is_of_this_test(each.record)]
        assert current == [index for index, standing in expected.items() if standing == CURRENT]
        for versions in findings:
            reference = versions[0].header.reference
            answer = model.answer("kr", reference, organisation)
            expected_answer = answer and (answer.header.version, expected[answer.index])
            assert got(client, reference) == expected_answer, (seed, organisation, reference)
