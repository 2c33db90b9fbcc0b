// swift-tools-version:6.2
import PackageDescription

/// The house of docs/architecture.md: a target may import only targets named above it here. `HouseTests` holds it.

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    // Crash points and seeded bugs exist in debug builds only.
    .define("FAULT_INJECTION", .when(configuration: .debug)),
]

func cLibrary(_ name: String, pkgConfig: String, debian package: String) -> Target {
    .systemLibrary(name: name, path: "Libraries/C/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func library(
    _ name: String, _ dependencies: Target.Dependency..., resources: [Resource] = [], extra: [SwiftSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Libraries/\(name)", resources: resources,
        swiftSettings: house + extra)
}

func service(_ name: String, _ dependencies: Target.Dependency..., resources: [Resource] = []) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Services/\(name)", resources: resources, swiftSettings: house)
}

func tests(_ name: String, _ dependencies: Target.Dependency..., resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources, swiftSettings: house)
}

let package = Package(
    name: "takeup",
    products: [
        .executable(name: "referral-gateway", targets: ["ReferralGateway"]),
        .executable(name: "case-intake", targets: ["CaseIntake"]),
        .executable(name: "dp-finance", targets: ["Finance"]),
        .executable(name: "engagement", targets: ["Engagement"]),
        .executable(name: "kpi", targets: ["KPI"]),
        .executable(name: "takeup", targets: ["Takeup"]),
    ],
    targets: [
        cLibrary("CJemalloc", pkgConfig: "jemalloc", debian: "libjemalloc-dev"),
        cLibrary("CRdKafka", pkgConfig: "rdkafka", debian: "librdkafka-dev"),
        cLibrary("CLibPQ", pkgConfig: "libpq", debian: "libpq-dev"),
        cLibrary("CMicroHTTPD", pkgConfig: "libmicrohttpd", debian: "libmicrohttpd-dev"),
        cLibrary("CGnuTLS", pkgConfig: "gnutls", debian: "libgnutls28-dev"),
        cLibrary("COpenSSL", pkgConfig: "openssl", debian: "libssl-dev"),
        cLibrary("CCurl", pkgConfig: "libcurl", debian: "libcurl4-openssl-dev"),
        cLibrary("CXML2", pkgConfig: "libxml-2.0", debian: "libxml2-dev"),
        .target(
            name: "CSimdJSON", path: "Libraries/C/CSimdJSON", linkerSettings: [.linkedLibrary("simdjson")]),

        library("Domain"),
        library("JSON", "CSimdJSON"),
        library("Events", "Domain", "JSON"),
        library("Formats", "Domain", "JSON", "CXML2"),
        library("Telemetry"),
        library("Crypto", "Telemetry", "COpenSSL"),
        // Its async functions run where their caller runs: a check for another executor at each took a thirtieth of a request.
        library(
            "HTTP", "Telemetry", "CMicroHTTPD", "CGnuTLS", "CCurl",
            extra: [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
        library("Postgres", "Telemetry", "CLibPQ"),
        library("Kafka", "Telemetry", "CRdKafka"),
        library("Messaging", "Telemetry", "Events", "Postgres", "Kafka", resources: [.embedInCode("Migrations")]),
        library("Safeguards", "Telemetry", "Crypto", "Postgres", resources: [.embedInCode("Migrations")]),
        library(
            "ServiceKit", "Domain", "Events", "Telemetry", "Crypto", "HTTP", "Postgres", "Kafka", "Messaging",
            "Safeguards", "CJemalloc"),
        library("Scenario", "Domain", "Formats"),
        library(
            "TestSupport", "Domain", "Telemetry", "Crypto", "Events", "HTTP", "Postgres", "Kafka", "Messaging",
            "Safeguards",
            "ServiceKit"),

        service(
            "ReferralGateway", "Domain", "Events", "Formats", "Crypto", "HTTP", "Postgres", "Messaging", "Safeguards",
            "ServiceKit",
            resources: [.embedInCode("Migrations")]),
        service(
            "CaseIntake", "Domain", "Events", "Crypto", "Postgres", "Messaging", "Safeguards", "ServiceKit",
            resources: [.embedInCode("Migrations")]),
        service(
            "Finance", "Domain", "Events", "Formats", "Crypto", "Postgres", "Messaging", "Safeguards",
            "ServiceKit",
            resources: [.embedInCode("Migrations")]),
        service(
            "Engagement", "Domain", "Events", "Postgres", "Messaging", "ServiceKit",
            resources: [.embedInCode("Migrations")]),
        service(
            "KPI", "Domain", "Events", "HTTP", "Postgres", "Messaging", "ServiceKit",
            resources: [.embedInCode("Migrations")]),
        service(
            "Takeup", "Domain", "Events", "Formats", "Telemetry", "HTTP", "Postgres", "Kafka", "ServiceKit",
            "Scenario"),

        .executableTarget(
            name: "HTTPBench", dependencies: ["HTTP", "ServiceKit", "Telemetry"], path: "Benchmarks/HTTPBench",
            swiftSettings: house),

        .executableTarget(
            name: "MessagingBench",
            dependencies: ["Events", "Kafka", "Messaging", "Postgres", "ServiceKit", "Telemetry"],
            path: "Benchmarks/MessagingBench", swiftSettings: house),

        .executableTarget(
            name: "SafeguardsBench",
            dependencies: ["Domain", "Messaging", "Postgres", "Safeguards", "Scenario", "ServiceKit", "Telemetry"],
            path: "Benchmarks/SafeguardsBench", swiftSettings: house),

        tests("DomainTests", "Domain"),
        tests("EventsTests", "Events", "Domain", "JSON"),
        tests("FormatsTests", "Formats", "Domain"),
        tests("ScenarioTests", "Scenario", "Formats", "Domain"),
        tests("TelemetryTests", "Telemetry"),
        tests("CryptoTests", "Crypto"),
        tests("HTTPTests", "HTTP", "Telemetry", "TestSupport"),
        tests("PostgresTests", "Postgres", "TestSupport"),
        tests("KafkaTests", "Kafka", "Telemetry", "TestSupport"),
        tests("MessagingTests", "Messaging", "Events", "Postgres", "Kafka", "Telemetry", "ServiceKit", "TestSupport"),
        tests(
            "SafeguardsTests", "Safeguards", "Crypto", "Postgres", "Messaging", "Telemetry", "ServiceKit", "TestSupport"
        ),
        // A process for the tests of signals to send them to.
        .executableTarget(
            name: "ServiceKitProbe", dependencies: ["ServiceKit"], path: "Tests/Probes/ServiceKitProbe",
            swiftSettings: house),
        tests(
            "ServiceKitTests", "ServiceKit", "Crypto", "Telemetry", "HTTP", "Postgres", "TestSupport", "Domain",
            "Messaging", "Events", "Kafka"),
        tests("DemoTests", "ServiceKit", "Takeup", "ReferralGateway", "CaseIntake", "Finance", "Engagement", "KPI"),
        tests(
            "ReferralGatewayTests", "ReferralGateway", "Domain", "Formats", "HTTP", "Messaging", "Postgres",
            "Safeguards",
            "ServiceKit", "TestSupport"),
        tests(
            "CaseIntakeTests", "CaseIntake", "Domain", "Events", "Crypto", "Kafka", "Postgres", "Messaging",
            "Safeguards",
            "ServiceKit", "TestSupport"),
        tests(
            "FinanceTests", "Finance", "Domain", "Events", "Formats", "Crypto", "Postgres", "Messaging", "ServiceKit",
            "TestSupport"),
        tests("EngagementTests", "Engagement", "Domain", "Postgres", "ServiceKit", "TestSupport"),
        tests(
            "KPITests", "KPI", "Domain", "Events", "HTTP", "Postgres", "Kafka", "Messaging", "ServiceKit",
            "TestSupport"),
        tests("HouseTests", "ServiceKit"),
        tests(
            "SystemTests", "Takeup", "ReferralGateway", "CaseIntake", "Finance", "Engagement", "KPI", "Domain",
            "Events", "Formats", "HTTP", "Kafka", "Messaging", "Postgres", "Scenario", "ServiceKit", "Telemetry",
            "TestSupport"),
        // One small service, for the tests of sudden death to kill.
        .executableTarget(
            name: "CrashWorker", dependencies: ["Events", "Domain", "Postgres", "Kafka", "Messaging", "Telemetry"],
            path: "Tests/CrashWorker", swiftSettings: house),
        tests(
            "CrashTests", "CrashWorker", "Domain", "Events", "Postgres", "Kafka", "Messaging", "ServiceKit",
            "Telemetry", "TestSupport"),
    ]
)
