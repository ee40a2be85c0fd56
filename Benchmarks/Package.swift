// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "dossier-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "dossier", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // A peer: what the codec is measured against.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // Dossier's messages as swift-protobuf generates them; see generate.sh.
        .target(
            name: "SwiftProtobufMessages",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        // A gRPC server of ours that stores nothing.
        .executableTarget(
            name: "echo-node",
            dependencies: [
                .product(name: "GRPCWire", package: "dossier"),
                .product(name: "DossierCrypto", package: "dossier"),
            ],
            swiftSettings: strict),
        // Runs all, prints one table.
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "SwiftProtobufMessages",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "DossierCore", package: "dossier"),
                .product(name: "DossierCrypto", package: "dossier"),
                .product(name: "DossierClient", package: "dossier"),
                .product(name: "MerkleLog", package: "dossier"),
                // The program itself, so that it is built beside this one.
                .product(name: "dossier", package: "dossier"),
            ],
            swiftSettings: strict),
    ]
)
