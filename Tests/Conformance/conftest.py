"""One consortium and one node for the whole run; each test uses references of its own."""

import itertools

import pytest

import node as nodes
import proof_maker as maker

pytest.register_assert_rewrite("expect", "proven")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def consortium():
    return nodes.Consortium()


@pytest.fixture(scope="session")
def shared_node(consortium, tmp_path_factory):
    node = nodes.Node(consortium, tmp_path_factory.mktemp("node"))
    yield node
    assert node.stop() == 0, node.log.read_text()


@pytest.fixture
def node(shared_node):
    """The node; whatever a test did to it, it must have survived."""
    yield shared_node
    assert shared_node.is_running(), shared_node.log.read_text()


@pytest.fixture
def own_node(consortium, tmp_path):
    """A node of kr's for one test alone, which may stop it."""
    made = nodes.Node(consortium, tmp_path)
    yield made
    if made.is_running():
        made.process.kill()
        made.process.wait()


@pytest.fixture(scope="session")
def vkey(consortium) -> str:
    """The verifier key of the node's log."""
    return consortium.vkey


@pytest.fixture
def kr(node, consortium):
    """A submitter and reader of the node's own organisation."""
    with_channel = nodes.Client(node, consortium.people["kr"])
    yield with_channel
    with_channel.channel.close()


@pytest.fixture
def us(node, consortium):
    """A reader of another organisation."""
    with_channel = nodes.Client(node, consortium.people["us"], "us")
    yield with_channel
    with_channel.channel.close()


@pytest.fixture
def jp(node, consortium):
    """A reader of a third organisation."""
    with_channel = nodes.Client(node, consortium.people["jp"], "jp")
    yield with_channel
    with_channel.channel.close()


@pytest.fixture(scope="session")
def authority() -> maker.Issued:
    """An authority of kr's for files that are made without a node."""
    return maker.issue(name="KR")


@pytest.fixture(scope="session")
def log() -> maker.Log:
    """A log that is made without a node."""
    return maker.Log(maker.RECORDS)


@pytest.fixture
def prefix():
    """Start of references that no other test uses."""
    return f"T{next(_numbers)}"
