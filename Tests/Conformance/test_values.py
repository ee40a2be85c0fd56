"""Records that break a rule: each is refused with the field that breaks it, and leaves no trace."""

import pytest

import samples
from dossier.v1 import record_pb2
from expect import INVALID, assert_no_trace, refusal


def theft(change):
    def make(reference):
        record = samples.crypto_theft(reference)
        change(record)
        return record.SerializeToString()

    return make


def clear(path: str):
    """Clears a field of a record, by its path."""

    def change(record):
        *parents, last = path.split(".")
        for parent in parents:
            record = getattr(record, parent)
        record.ClearField(last)

    return theft(change)


def put(path: str, value):
    """Sets a field of a record, by its path with `[0]` for the first element."""

    def change(record):
        *parents, last = path.split(".")
        for parent in parents:
            name, first, _ = parent.partition("[0]")
            record = getattr(record, name)
            record = record[0] if first else record
        if isinstance(value, list):
            del getattr(record, last)[:]
            getattr(record, last).extend(value)
        else:
            setattr(record, last, value)

    return theft(change)


AMOUNT = "crypto_theft.losses[0].amount"
VALUES = {
    "no header": (clear("header"), "header"),
    "no report": (clear("report"), "report"),
    "no content": (clear("crypto_theft"), "content"),
    "format version 2": (put("header.format_version", 2), "header.format_version"),
    "no originator": (clear("header.originator"), "header.originator"),
    "an originator in upper case": (put("header.originator", "KR"), "header.originator"),
    "an originator of 33 characters": (put("header.originator", "k" * 33), "header.originator"),
    "a version of 0": (put("header.version", 0), "header.version"),
    "a second version of nothing": (put("header.version", 2), "header.version"),
    "no operation": (clear("header.operation"), "header.operation"),
    "an assertion with a target": (
        put("header.target_record_id", b"\1" * 32),
        "header.target_record_id",
    ),
    "no kind": (clear("header.kind"), "header.kind"),
    "a kind that is not the content's": (put("header.kind", record_pb2.KIND_WALLET), "content"),
    "a kind that this version does not know": (put("header.kind", 9), "header.kind"),
    "no marking": (clear("header.marking"), "header.marking"),
    "no TLP": (clear("header.marking.tlp"), "header.marking.tlp"),
    "released to one twice": (
        put("header.marking.releasability", ["us", "us"]),
        "header.marking.releasability",
    ),
    "released to no organisation id": (
        put("header.marking.releasability", ["U S"]),
        "header.marking.releasability",
    ),
    "a label of 129 bytes": (
        put("header.marking.national_label", "x" * 129),
        "header.marking.national_label",
    ),
    "a moment that does not exist": (put("header.known", "2025-02-30"), "header.known"),
    "a moment with an offset": (put("header.known", "2025-02-21T14:03:00+09:00"), "header.known"),
    "a moment with fractions": (put("header.known", "2025-02-21T14:03:00.5Z"), "header.known"),
    "a period that ends before it starts": (put("header.occurred.end", "2024"), "header.occurred"),
    "a salt of 15 bytes": (put("header.salt", b"x" * 15), "header.salt"),
    "no title": (clear("report.titles"), "report.titles"),
    "a title of 513 bytes": (put("report.titles[0].text", "x" * 513), "report.titles[0].text"),
    "a text without words": (put("report.narratives[0].text", ""), "report.narratives[0].text"),
    "a language that is no tag": (
        put("report.titles[0].language", "e n"),
        "report.titles[0].language",
    ),
    "a digest of 31 bytes": (
        put("report.evidence[0].sha256", b"x" * 31),
        "report.evidence[0].sha256",
    ),
    "a source without publisher": (
        put("report.sources[0].publisher", ""),
        "report.sources[0].publisher",
    ),
    "a UN number that is none": (
        put("report.external_ids[0].value", "KP-31"),
        "report.external_ids[0].value",
    ),
    "a claim by nobody": (
        put("crypto_theft.losses[0].claim.author", ""),
        "crypto_theft.losses[0].claim.author",
    ),
    "a claim without stance": (
        put("crypto_theft.losses[0].claim.stance", 0),
        "crypto_theft.losses[0].claim.stance",
    ),
    "a ticker for a currency": (put(f"{AMOUNT}.currency", "usd"), f"{AMOUNT}.currency"),
    "no valuation basis": (put(f"{AMOUNT}.basis", 0), f"{AMOUNT}.basis"),
    "a decimal with an exponent": (put(f"{AMOUNT}.point", "1.5e9"), f"{AMOUNT}.point"),
    "a decimal with separators": (put(f"{AMOUNT}.point", "1,500"), f"{AMOUNT}.point"),
    "a decimal with a leading zero": (put(f"{AMOUNT}.low", "01"), f"{AMOUNT}.low"),
    "a negative amount": (put(f"{AMOUNT}.low", "-1"), f"{AMOUNT}.low"),
    "an amount below its lower bound": (put(f"{AMOUNT}.point", "1"), AMOUNT),
    "a decimal of 31 digits": (put(f"{AMOUNT}.point", "9" * 31), f"{AMOUNT}.point"),
    "a country that is none": (
        put("crypto_theft.victim.country_registered", "Korea"),
        "crypto_theft.victim.country_registered",
    ),
    "a victim of no type": (put("crypto_theft.victim.type", 0), "crypto_theft.victim.type"),
    "an unnamed victim without words": (put("crypto_theft.victim.name", ""), "crypto_theft.victim"),
    "a ticker for a chain": (
        put("crypto_theft.assets[0].chain", "ETH"),
        "crypto_theft.assets[0].chain",
    ),
    "an account key in mixed case": (
        put(
            "crypto_theft.accounts[0].account.key",
            "eip155:1:0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2",
        ),
        "crypto_theft.accounts[0].account.key",
    ),
    "an account key of no chain": (
        put("crypto_theft.accounts[0].account.key", "0x47666fab8bd0ac7003bce3f5c3585383f09486e2"),
        "crypto_theft.accounts[0].account.key",
    ),
}


def content(field: str) -> str:
    """The path of a field as findings name it: what a kind says is below `content`."""
    return field if field.startswith(("header", "report", "content")) else f"content.{field}"


@pytest.mark.parametrize("name", VALUES)
def test_a_record_that_breaks_a_rule_is_refused_with_its_field(kr, prefix, name):
    make, field = VALUES[name]
    with refusal(INVALID) as refused:
        kr.submit([make(prefix)])
    field = f"records[0].{content(field)}"
    assert any(
        field.startswith(each) or each.startswith(field) for each in refused.violations
    ), refused.violations
    assert all(refused.violations.values()), "each finding says what to do"
    assert_no_trace(kr, prefix)


@pytest.mark.parametrize("reference", ["", " A", "A ", "-A", "A-", "Ä", "A" * 65, "A\nB", "A?B"])
def test_a_reference_that_is_none_is_refused(kr, reference):
    with refusal(INVALID) as refused:
        kr.submit([samples.statistic(reference).SerializeToString()])
    assert "records[0].header.reference" in refused.violations


def test_all_findings_come_at_once(kr, prefix):
    first, second = samples.crypto_theft(prefix), samples.statistic(f"{prefix}-2")
    first.header.salt = b""
    first.crypto_theft.losses[0].amount.currency = "x"
    second.assessment.ClearField("metric")
    second.header.known = "yesterday"
    with refusal(INVALID) as refused:
        kr.submit([first.SerializeToString(), second.SerializeToString()])
    assert set(refused.violations) == {
        "records[0].header.salt",
        "records[0].content.crypto_theft.losses[0].amount.currency",
        "records[1].content.assessment.metric",
        "records[1].header.known",
    }
