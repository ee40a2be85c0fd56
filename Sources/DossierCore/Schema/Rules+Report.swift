extension MessageRules {
    /// Rules of `report.proto`.
    static let report: [MessageRules] = [
        MessageRules(
            "Report",
            [
                "titles": .variant("title").required,
                "narratives": .any,
                "grade": .any,
                "sources": .any,
                "evidence": .any,
                "links": .any,
                "violated_measures": .any,
                "external_ids": .any,
                "investigation_status": .any,
                "replies": .any,
                "remarks": .any,
            ]),
        MessageRules("Text", ["text": .text(65_536).required, "language": .language]),
        MessageRules(
            "Text", variant: "title", ["text": .text(512).required, "language": .language]),
        MessageRules(
            "Grade",
            ["source_reliability": .any, "content_credibility": .any, "analytic_confidence": .any]),
        MessageRules(
            "Source",
            [
                "publisher": .name.required, "title": .any, "url": .url, "published": .moment,
                "grade": .any,
            ]),
        MessageRules(
            "Evidence",
            [
                "sha256": .digest.required,
                "size": .any,
                "media_type": .mediaType,
                "url": .url,
                "captured": .moment,
                "captured_by": .name,
                "description": .any,
            ]),
        MessageRules(
            "Link",
            [
                "relation": .any.required,
                "originator": .organisationID.required,
                "reference": .reference.required,
                "record_id": .digest,
                "note": .any,
            ]),
        MessageRules(
            "ViolatedMeasure",
            ["instrument": .name.required, "paragraph": .text(64), "note": .any]),
        MessageRules(
            "ExternalId", relation: .externalID,
            [
                "system": .any.required.operand(0),
                "value": .text(256).required.operand(1),
                "scope": .text(256).operand(2),
            ]),
    ]
}
