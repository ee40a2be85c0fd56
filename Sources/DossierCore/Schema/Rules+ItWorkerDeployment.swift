extension MessageRules {
    /// Rules of `it_worker_deployment.proto`.
    static let itWorkerDeployment: [MessageRules] = [
        MessageRules(
            "ItWorkerDeployment",
            [
                "status": .any.required,
                "host_countries": .country,
                "place": .text(512),
                "head_counts": .any,
                "parent_bodies": .any,
                "team_lead": .name,
                "cover_companies": .name,
                "visa_types": .text(128),
                "housing": .any,
                "work_types": .text(128),
                "platforms": .name,
                "earnings": .any,
                "remitted_shares": .any,
                "remittance_path": .any,
                "rotation": .any,
                "laptop_farms": .text(512),
                "accounts": .any.many(4_096),
                "actors": .any,
            ]),
        MessageRules("ParentBody", ["name": .name.required, "external_ids": .any]),
        MessageRules(
            "EarningsClaim",
            [
                "claim": .any.required, "type": .any.required, "amount": .any.required,
                "period": .any.required,
            ]),
    ]
}
