"""The log hands out proofs by index and size, and they are those of RFC 6962."""

import grpc
import pytest

import proven
import recipe
import samples
from dossier.v1 import log_pb2
from expect import DENIED, INVALID, refusal
from node import CALL_SECONDS, Client
from verifier.tree import Tree

SIZES = 64
MAXIMUM_LEAVES = 65_536
OUT_OF_RANGE = grpc.StatusCode.OUT_OF_RANGE
LARGEST = 2**64 - 1


@pytest.fixture
def service(kr, prefix):
    """The log as kr sees it; it has at least `SIZES` leaves."""
    records = [samples.statistic(f"{prefix}-{number}") for number in range(SIZES)]
    kr.submit([each.SerializeToString() for each in records])
    return kr.log


def leaves(service, first: int = 0, count: int = MAXIMUM_LEAVES) -> list[bytes]:
    request = log_pb2.GetLeafHashesRequest(first_index=first, count=count)
    return proven.hashes(service.GetLeafHashes(request, timeout=CALL_SECONDS).leaf_hashes)


def inclusion(service, index: int, size: int) -> list[bytes]:
    request = log_pb2.GetInclusionProofRequest(leaf_index=index, tree_size=size)
    return proven.hashes(service.GetInclusionProof(request, timeout=CALL_SECONDS).proof)


def consistency(service, first: int, second: int) -> list[bytes]:
    request = log_pb2.GetConsistencyProofRequest(first_size=first, second_size=second)
    return proven.hashes(service.GetConsistencyProof(request, timeout=CALL_SECONDS).proof)


def newest(service, vkey: str):
    return proven.checkpoint(service.GetCheckpoint(log_pb2.GetCheckpointRequest()).checkpoint, vkey)


def test_the_leaf_hashes_give_the_root_of_the_checkpoint(service, consortium):
    checkpoint = newest(service, consortium.vkey)
    tree = Tree(leaves(service))
    assert (len(tree), tree.root()) == (checkpoint.size, checkpoint.root)
    size = checkpoint.size
    for first, count in ((0, 1), (size - 1, 1), (1, size), (size - 3, 2), (size - 1, 65_536)):
        assert leaves(service, first, count) == leaves(service)[first : first + count]


def test_every_inclusion_proof_of_every_size_is_the_one_of_the_definition(service):
    tree = Tree(leaves(service))
    sizes = [*range(1, SIZES + 1), len(tree) - 1, len(tree)]
    wrong = [
        (index, size)
        for size in sizes
        for index in range(size if size <= SIZES else 0, -1, -1)
        if index < size and inclusion(service, index, size) != tree.inclusion_proof(index, size)
    ]
    assert not wrong


def test_inclusion_proofs_in_the_whole_log_are_those_of_the_definition(service):
    tree = Tree(leaves(service))
    size = len(tree)
    for index in {*range(0, size, max(1, size // 200)), size - 2, size - 1}:
        assert inclusion(service, index, size) == tree.inclusion_proof(index), index


def test_every_consistency_proof_between_two_sizes_is_the_one_of_the_definition(service):
    tree = Tree(leaves(service))
    pairs = [(first, second) for second in range(SIZES + 1) for first in range(second + 1)]
    size = len(tree)
    pairs += [(first, size) for first in {0, 1, *range(2, size, max(1, size // 200)), size}]
    wrong = [
        (first, second)
        for first, second in pairs
        if consistency(service, first, second) != tree.consistency_proof(first, second)
    ]
    assert not wrong


def test_what_the_tree_has_not_reached_is_out_of_range(service, consortium):
    size = newest(service, consortium.vkey).size
    for index, tree_size in (
        *((size, size), (0, size + 1), (size, size + 1), (LARGEST, size), (5, 5), (0, 0)),
        *((0, LARGEST), (LARGEST - 1, LARGEST), (LARGEST, LARGEST), (2**63, 2**63 + 1)),
    ):
        with refusal(OUT_OF_RANGE):
            inclusion(service, index, tree_size)
    for first, second in ((0, size + 1), (1, LARGEST), (LARGEST, LARGEST), (2**63 - 1, 2**63)):
        with refusal(OUT_OF_RANGE):
            consistency(service, first, second)
    for first, count in ((size, 1), (LARGEST, 1), (LARGEST, 65_536), (2**63, 2)):
        with refusal(OUT_OF_RANGE):
            leaves(service, first, count)


def test_what_is_empty_or_runs_backwards_is_an_invalid_argument(service):
    for first, second in ((1, 0), (5, 4), (SIZES, 1)):
        with refusal(INVALID):
            consistency(service, first, second)
    for count in (0, MAXIMUM_LEAVES + 1, 2**32 - 1):
        with refusal(INVALID):
            leaves(service, 0, count)


def test_whoever_has_a_role_may_ask_and_nobody_else(service, node, us, consortium):
    expected = leaves(service, 0, 3)
    for identity, organisation in (
        (consortium.people["us"], "us"),
        (consortium.auditor, "jp"),
        (consortium.reader, "kr"),
    ):
        client = Client(node, identity, organisation)
        assert leaves(client.log, 0, 3) == expected
        assert inclusion(client.log, 1, 3) == [expected[0], expected[2]]
        assert newest(client.log, consortium.vkey).size >= SIZES
        client.channel.close()
    for identity in (consortium.stranger, consortium.authorities["us"].person("us", "nobody")):
        client = Client(node, identity)
        for call in (
            lambda service: leaves(service, 0, 3),
            lambda service: inclusion(service, 1, 3),
            lambda service: consistency(service, 1, 3),
            lambda service: newest(service, consortium.vkey),
            lambda service: leaves(service, 0, 0),
            lambda service: inclusion(service, LARGEST, 3),
        ):
            with refusal(DENIED):
                call(client.log)
        client.channel.close()


def test_an_auditor_may_not_read_records(node, consortium):
    auditor = Client(node, consortium.auditor, "jp")
    with refusal(DENIED):
        auditor.pages(limit=1)
    auditor.channel.close()


def test_nobody_can_ask_by_hash():
    service = log_pb2.DESCRIPTOR.services_by_name["LogService"]
    for method in service.methods:
        for field in method.input_type.fields:
            names_a_log = field.name == "log_origin" and field.type == field.TYPE_STRING
            is_number = field.type in (field.TYPE_UINT64, field.TYPE_UINT32)
            assert names_a_log or is_number, field.full_name


def test_a_withheld_record_is_one_leaf_hash_to_others_and_no_more(kr, us, prefix):
    record = samples.statistic(prefix).SerializeToString()
    (index,) = proven.indexes(kr.submit([record]))
    assert leaves(us.log, index, 1) == [recipe.leaf_hash(record)]
    with refusal(grpc.StatusCode.NOT_FOUND):
        us.get(recipe.leaf_hash(record).hex())
    assert us.list(reference=prefix) == []
