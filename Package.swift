// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

// Bottom up: a target depends only on targets that stand above it in this list.
let package = Package(
    name: "dossier",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "dossier", targets: ["dossier"]),
        .library(name: "DossierCore", targets: ["DossierCore"]),
        .library(name: "DossierClient", targets: ["DossierClient", "DossierAPI"]),
        .library(name: "DossierCrypto", targets: ["DossierCrypto"]),
        .library(name: "MerkleLog", targets: ["MerkleLog"]),
        .library(name: "GRPCWire", targets: ["GRPCWire", "NIOOpenSSL"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // MARK: System libraries

        // The system's OpenSSL 3: TLS, signatures, digests, certificates.
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // The system's nghttp2: HTTP/2 framing and HPACK.
        .systemLibrary(
            name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        // The system's libprotobuf-c: packing and unpacking of generated messages.
        .systemLibrary(
            name: "CProtobufC", pkgConfig: "libprotobuf-c",
            providers: [.apt(["libprotobuf-c-dev"])]),
        // What Swift's own module of the C library leaves out.
        .systemLibrary(name: "CLinux"),

        // MARK: Generated C

        // Dossier's messages as generated C, the arena they unpack into, their descriptor set.
        .target(name: "CDossierProtos", dependencies: ["CProtobufC"]),
        // gRPC's own messages as generated C: health, reflection, status details.
        .target(name: "CGRPCProtos", dependencies: ["CProtobufC"]),

        // MARK: Rooms

        // Digests, keys, signatures, certificates, trust anchors.
        .target(name: "DossierCrypto", dependencies: ["COpenSSL"], swiftSettings: strict),
        // A TLS 1.3 connection as a NIO handler.
        .target(
            name: "NIOOpenSSL", dependencies: ["COpenSSL", nioCore], swiftSettings: strict),
        // An HTTP/2 connection as a NIO handler.
        .target(
            name: "NIONghttp2", dependencies: ["CNghttp2", nioCore], swiftSettings: strict),
        // gRPC calls over HTTP/2, server and client.
        .target(
            name: "GRPCWire",
            dependencies: [
                "NIOOpenSSL", "NIONghttp2", "CGRPCProtos", "CProtobufC", nioCore, nioPosix,
                logging,
            ],
            swiftSettings: strict),
        // RFC 6962 trees: leaf hashes, roots, paths.
        .target(name: "MerkleLog", dependencies: ["DossierCrypto"], swiftSettings: strict),
        // The core module: records as values, serialization, validation, release decision.
        .target(
            name: "DossierCore",
            dependencies: ["CDossierProtos", "CProtobufC", "DossierCrypto", "MerkleLog"],
            swiftSettings: strict),
        // The services' methods and messages, and which status a domain error means.
        .target(
            name: "DossierAPI",
            dependencies: [
                "DossierCore", "DossierCrypto", "MerkleLog", "GRPCWire", "CDossierProtos",
                "CProtobufC",
            ],
            swiftSettings: strict),
        // Log segments and the catalog.
        .target(
            name: "DossierStore",
            dependencies: [
                "CLinux", "DossierCore", "DossierCrypto", "MerkleLog",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"), logging,
            ],
            swiftSettings: strict),
        // Typed calls that verify what they return.
        .target(
            name: "DossierClient",
            dependencies: [
                "DossierAPI", "DossierCore", "DossierCrypto", "MerkleLog", "GRPCWire",
                "NIOOpenSSL",
            ],
            swiftSettings: strict),
        // Services, authorisation, the running node.
        .target(
            name: "DossierServer",
            dependencies: [
                "DossierAPI", "DossierStore", "DossierCore", "DossierCrypto", "MerkleLog",
                "GRPCWire", "NIOOpenSSL", logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        // Mirrors of other nodes' logs: verified, and kept up by themselves.
        .target(
            name: "DossierSync",
            dependencies: [
                "DossierClient", "DossierAPI", "DossierStore", "DossierCore", "DossierCrypto",
                "MerkleLog", logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        // The command line.
        .executableTarget(
            name: "dossier",
            dependencies: [
                "DossierServer", "DossierSync", "DossierClient", "DossierAPI", "DossierStore",
                "DossierCore", "DossierCrypto", "MerkleLog", "GRPCWire", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources")],
            swiftSettings: strict),

        // MARK: Tests

        // Temporary folders, a test PKI, loopback nodes, the slow Merkle oracle.
        .target(
            name: "DossierTestSupport",
            dependencies: ["DossierCore", "DossierCrypto", "MerkleLog"],
            path: "Tests/Support",
            swiftSettings: strict),
        .testTarget(
            name: "DossierCryptoTests", dependencies: ["DossierCrypto", "DossierTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "NIOOpenSSLTests",
            dependencies: ["NIOOpenSSL", nioCore, nioEmbedded, nioPosix],
            swiftSettings: strict),
        .testTarget(
            name: "NIONghttp2Tests", dependencies: ["NIONghttp2", nioCore, nioEmbedded],
            swiftSettings: strict),
        .testTarget(
            name: "GRPCWireTests",
            dependencies: [
                "GRPCWire", "NIOOpenSSL", "NIONghttp2", "DossierTestSupport", "DossierCrypto",
                nioCore, nioPosix, nioEmbedded, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "MerkleLogTests",
            dependencies: ["MerkleLog", "DossierCrypto", "DossierTestSupport"],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "DossierCoreTests",
            dependencies: [
                "DossierCore", "DossierCrypto", "MerkleLog", "CDossierProtos", "CProtobufC",
                "DossierTestSupport",
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
        .testTarget(
            name: "DossierAPITests",
            dependencies: [
                "DossierAPI", "DossierCore", "DossierCrypto", "GRPCWire", "DossierTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DossierStoreTests",
            dependencies: [
                "DossierStore", "DossierCore", "DossierCrypto", "MerkleLog", "DossierTestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DossierServerTests",
            dependencies: [
                "DossierServer", "DossierClient", "DossierAPI", "DossierStore", "DossierCore",
                "DossierCrypto", "MerkleLog", "GRPCWire", "NIOOpenSSL", "DossierTestSupport",
                logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "DossierSyncTests",
            dependencies: [
                "DossierSync", "DossierServer", "DossierClient", "DossierAPI", "DossierStore",
                "DossierCore", "DossierCrypto", "MerkleLog", "DossierTestSupport", logging,
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "dossier", "DossierClient", "DossierAPI", "DossierCore", "DossierCrypto",
                "MerkleLog", "GRPCWire", "NIOOpenSSL", "DossierTestSupport",
            ],
            resources: [.copy("Fixtures")],
            swiftSettings: strict),
    ]
)
