"""Records as an analyst would fill them in, one of each kind."""

import os

from dossier.v1 import (
    assessment_pb2 as assessment,
    claim_pb2 as claim,
    crypto_theft_pb2 as theft,
    it_worker_deployment_pb2 as workers,
    marking_pb2 as marking,
    money_pb2 as money,
    record_pb2 as record,
    report_pb2 as report,
    wallet_pb2 as wallet,
)


def text(words: str, language: str = "en") -> report.Text:
    return report.Text(text=words, language=language)


def header(reference: str, kind: int, released_to=(), originator: str = "kr") -> record.Header:
    return record.Header(
        format_version=1,
        originator=originator,
        reference=reference,
        version=1,
        operation=record.OPERATION_ASSERT,
        kind=kind,
        marking=marking.Marking(
            tlp=marking.TLP_AMBER,
            pap=marking.PAP_GREEN,
            releasability=list(released_to),
            national_label="대외비",
        ),
        occurred=record.Period(start="2025-02-21", end="2025-02-21T14:13:35Z"),
        known="2025-02-21",
        reported="2025-02-26",
        salt=os.urandom(16),
    )


def common(title: str) -> report.Report:
    return report.Report(
        titles=[text(title), text("제목", "ko")],
        narratives=[text("Zwei Wochen später – “so” war’s.", "de")],
        grade=report.Grade(
            source_reliability=report.SOURCE_RELIABILITY_B,
            content_credibility=report.CONTENT_CREDIBILITY_2,
            analytic_confidence=report.ANALYTIC_CONFIDENCE_HIGH,
        ),
        sources=[
            report.Source(
                publisher="FBI",
                title=text("Public service announcement"),
                url="https://www.example.org/psa",
                published="2025-02-26",
            )
        ],
        evidence=[report.Evidence(sha256=bytes(range(32)), size=1 << 40, media_type="image/png")],
        external_ids=[report.ExternalId(system=report.EXTERNAL_ID_SYSTEM_UN, value="KPe.031")],
        investigation_status=report.INVESTIGATION_STATUS_OPEN,
    )


def says(author: str) -> claim.Claim:
    return claim.Claim(author=author, date="2025-02", stance=claim.CLAIM_STANCE_ASSERTS)


def crypto_theft(reference: str, released_to=(), originator: str = "kr") -> record.Record:
    return record.Record(
        header=header(reference, record.KIND_CRYPTO_THEFT, released_to, originator),
        report=common("Theft from an exchange"),
        crypto_theft=theft.CryptoTheft(
            victim=theft.Victim(
                name="Bybit", type=theft.VICTIM_TYPE_EXCHANGE, country_registered="AE"
            ),
            assets=[money.AssetAmount(chain="eip155:1", symbol="ETH", quantity="401346.76")],
            losses=[
                claim.AmountClaim(
                    claim=says("FBI"),
                    amount=money.Money(
                        currency="USD",
                        basis=money.VALUATION_BASIS_SPOT_AT_EVENT,
                        low="1400000000",
                        point="1500000000",
                    ),
                )
            ],
            accounts=[
                money.AccountUse(
                    account=money.Account(
                        key="eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2",
                        seen="0x47666Fab8bd0Ac7003bce3f5C3585383F09486E2",
                    ),
                    role=money.ACCOUNT_ROLE_THEFT,
                )
            ],
            actors=[claim.ActorClaim(claim=says("FBI"), actor="TraderTraitor")],
        ),
    )


def it_workers(reference: str, released_to=(), originator: str = "kr") -> record.Record:
    return record.Record(
        header=header(reference, record.KIND_IT_WORKER_DEPLOYMENT, released_to, originator),
        report=common("IT workers abroad"),
        it_worker_deployment=workers.ItWorkerDeployment(
            status=workers.DEPLOYMENT_STATUS_PRESENT,
            host_countries=["CN", "RU"],
            head_counts=[
                claim.HeadCountClaim(
                    claim=says("MSMT"), count=claim.CountRange(low=1000, high=1500)
                )
            ],
        ),
    )


def wallet_of_a_broker(reference: str, released_to=(), originator: str = "kr") -> record.Record:
    return record.Record(
        header=header(reference, record.KIND_WALLET, released_to, originator),
        report=common("Wallet of a broker"),
        wallet=wallet.Wallet(
            account=money.Account(
                key="bip122:000000000019d6689c085ae165831e93:1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
            ),
            roles=[wallet.RoleClaim(claim=says("OFAC"), role=money.ACCOUNT_ROLE_BROKER)],
            reused=True,
            actors=[claim.ActorClaim(claim=says("OFAC"), actor="Lazarus Group")],
        ),
    )


def statistic(reference: str, released_to=(), originator: str = "kr") -> record.Record:
    return record.Record(
        header=header(reference, record.KIND_ASSESSMENT, released_to, originator),
        report=common("Total for 2025"),
        assessment=assessment.Assessment(
            metric=text("value of crypto assets stolen"),
            population=text("thefts attributed to the DPRK"),
            estimates=[
                assessment.EstimateClaim(
                    claim=says("MSMT"), value=money.DecimalRange(point="2837000000"), unit="USD"
                )
            ],
        ),
    )


def one_of_each(prefix: str, released_to=()) -> list[record.Record]:
    return [
        crypto_theft(f"{prefix}-1", released_to),
        it_workers(f"{prefix}-3", released_to),
        wallet_of_a_broker(f"{prefix}-7", released_to),
        statistic(f"{prefix}-12", released_to),
    ]
