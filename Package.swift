// swift-tools-version: 6.2
import PackageDescription

// One settings array for every target. The hot targets add `hotPath`.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

// State lives in values that one thread owns, so dynamic exclusivity checks buy nothing and cost
// up to a third of the kernel's speed. Overflow and bounds checks stay on.
let hotPath: [SwiftSetting] =
    strict + [
        .unsafeFlags(["-enforce-exclusivity=unchecked"]),
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
    ]

let package = Package(
    name: "topple",
    products: [
        .executable(name: "topple", targets: ["topple"]),
        .executable(name: "topple-worker", targets: ["topple-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Pure targets: values in, values out. No Foundation, no ZeroMQ, no I/O, no clock.
        .target(name: "Kernel", swiftSettings: hotPath, linkerSettings: [.linkedLibrary("m")]),
        .target(name: "Model", dependencies: ["Kernel"], swiftSettings: hotPath),
        .target(
            name: "ControlPlane", dependencies: ["Kernel", "Model", "Autoscalers"],
            swiftSettings: hotPath),
        .target(name: "Autoscalers", dependencies: ["Kernel"], swiftSettings: hotPath),
        .target(name: "Wire", dependencies: ["Kernel", "Model"], swiftSettings: hotPath),
        .target(
            name: "Coordination", dependencies: ["Kernel", "Model", "ControlPlane", "Wire"],
            swiftSettings: hotPath),

        .target(name: "Statistics", swiftSettings: strict),

        // The edge: files, sockets, processes.
        .target(
            name: "Topology",
            dependencies: [
                "Kernel", "Model", "Autoscalers", "ControlPlane", "Snapshots",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),
        .target(
            name: "Snapshots",
            dependencies: ["Kernel", "Autoscalers", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .target(name: "ZeroMQ", dependencies: ["CZeroMQ"], swiftSettings: hotPath),
        .systemLibrary(name: "CLinux"),
        .target(name: "Processes", dependencies: ["CLinux"], swiftSettings: strict),
        .target(
            name: "Execution",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Wire", "Coordination", "ZeroMQ", "Processes",
            ],
            swiftSettings: hotPath),
        .target(
            name: "Results",
            dependencies: [
                "Kernel", "Model", "Autoscalers", "ControlPlane", "Coordination", "Topology",
            ],
            swiftSettings: strict),
        .target(
            name: "Experiments",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Coordination", "Topology", "Results",
                "Statistics",
            ],
            swiftSettings: strict),
        .target(
            name: "Storage",
            dependencies: [
                "Kernel", "Model", "Coordination", "Results",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // Figures and pages of finished runs.
        .target(
            name: "Reporting", dependencies: ["Kernel", "Results", "Statistics"],
            resources: [.embedInCode("Resources")], swiftSettings: strict),

        // Policies in other processes: JSON over ZeroMQ.
        .target(
            name: "Policies",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Coordination", "Topology", "Results",
                "Snapshots", "ZeroMQ", "Processes", "Execution",
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "topple-worker",
            dependencies: ["Kernel", "Model", "Wire", "Coordination", "ZeroMQ", "Processes"],
            swiftSettings: hotPath),
        .executableTarget(
            name: "topple",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Wire", "Coordination", "Topology", "ZeroMQ",
                "Processes", "Results", "Storage", "Statistics", "Experiments", "Reporting",
                "Execution", "Autoscalers", "Snapshots", "Policies",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "RandomModels", dependencies: ["Kernel", "Model"], path: "Tests/RandomModels",
            swiftSettings: strict),
        .testTarget(name: "KernelTests", dependencies: ["Kernel"], swiftSettings: strict),
        .testTarget(
            name: "StatisticsTests", dependencies: ["Statistics"], swiftSettings: strict),
        .testTarget(
            name: "ModelTests", dependencies: ["Kernel", "Model", "Coordination", "RandomModels"],
            swiftSettings: strict),
        .testTarget(
            name: "TopologyTests",
            dependencies: ["Kernel", "Model", "Autoscalers", "ControlPlane", "Topology"],
            swiftSettings: strict),
        .testTarget(
            name: "ExperimentsTests",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Coordination", "Topology", "Results",
                "Statistics", "Experiments",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AutoscalersTests", dependencies: ["Kernel", "Autoscalers"],
            swiftSettings: strict),
        .testTarget(
            name: "ControlPlaneTests",
            dependencies: ["Kernel", "Model", "Autoscalers", "ControlPlane", "RandomModels"],
            swiftSettings: strict),
        .testTarget(
            name: "SnapshotsTests", dependencies: ["Kernel", "Autoscalers", "Snapshots"],
            exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "WireTests", dependencies: ["Kernel", "Model", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "CoordinationTests",
            dependencies: [
                "Kernel", "Model", "Autoscalers", "ControlPlane", "Wire", "Coordination",
                "RandomModels",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ResultsTests",
            dependencies: ["Kernel", "Model", "Coordination", "Topology", "Results"],
            swiftSettings: strict),
        .testTarget(
            name: "ReportingTests",
            dependencies: [
                "Kernel", "Model", "Coordination", "Topology", "Results", "Reporting",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Kernel", "Model", "Coordination", "Topology", "Results", "Storage",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "PhenomenaTests",
            dependencies: ["Kernel", "Model", "Coordination", "Topology"], swiftSettings: strict),
        .testTarget(
            name: "ScalingTests",
            dependencies: [
                "Kernel", "Model", "Autoscalers", "ControlPlane", "Coordination", "Topology",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ProcessTests",
            dependencies: ["ZeroMQ", "Processes", "topple-worker"], swiftSettings: strict),
        .testTarget(
            name: "PoliciesTests",
            dependencies: [
                "Kernel", "Model", "ControlPlane", "Coordination", "Topology", "Snapshots",
                "Policies", "RandomModels",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandLineTests", dependencies: ["topple", "topple-worker", "ZeroMQ"],
            exclude: ["Snapshots"],
            swiftSettings: strict),
    ]
)
