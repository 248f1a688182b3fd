import Foundation
import Testing

/// The arrows between the targets, read from the sources.
@Suite("Imports")
struct ImportTests {
    /// What each target's files may import. Pure targets import nothing but each other.
    static let allowed: [(target: String, modules: Set<String>)] = [
        ("Kernel", []),
        ("Model", ["Kernel"]),
        ("Autoscalers", ["Kernel"]),
        ("Snapshots", ["Autoscalers", "Foundation", "Kernel", "Yams"]),
        ("ControlPlane", ["Autoscalers", "Kernel", "Model"]),
        ("Wire", ["Kernel", "Model"]),
        ("Coordination", ["ControlPlane", "Kernel", "Model", "Wire"]),
        ("Statistics", ["Glibc"]),
        (
            "Topology",
            [
                "Autoscalers", "ControlPlane", "Darwin", "Foundation", "Glibc", "Kernel", "Model",
                "Snapshots", "Yams",
            ]
        ),
        ("ZeroMQ", ["CZeroMQ", "Glibc", "Synchronization"]),
        ("Processes", ["CLinux", "Glibc", "Synchronization"]),
        (
            "Execution",
            [
                "ControlPlane", "Coordination", "Glibc", "Kernel", "Model", "Processes", "Wire",
                "ZeroMQ",
            ]
        ),
        (
            "Results",
            [
                "Autoscalers", "ControlPlane", "Coordination", "Foundation", "Glibc", "Kernel",
                "Model", "Topology",
            ]
        ),
        (
            "Experiments",
            [
                "ControlPlane", "Coordination", "Foundation", "Glibc", "Kernel", "Model", "Results",
                "Statistics", "Synchronization", "Topology",
            ]
        ),
        ("Reporting", ["Foundation", "Glibc", "Kernel", "Results", "Statistics"]),
        (
            "Storage",
            ["Coordination", "Foundation", "GRDB", "GRDBSQLite", "Kernel", "Model", "Results"]
        ),
        (
            "Policies",
            [
                "ControlPlane", "Coordination", "Execution", "Foundation", "Kernel", "Model",
                "Processes", "Results", "Snapshots", "Topology", "ZeroMQ",
            ]
        ),
        (
            "topple-worker",
            ["Coordination", "Glibc", "Kernel", "Model", "Processes", "Wire", "ZeroMQ"]
        ),
        (
            "topple",
            [
                "ArgumentParser", "ControlPlane", "Coordination", "Execution", "Experiments",
                "Foundation", "Glibc", "Kernel", "Model", "Policies", "Processes", "Reporting",
                "Results",
                "Snapshots", "Statistics", "Storage", "Synchronization", "Topology", "Wire",
                "ZeroMQ",
            ]
        ),
    ]

    @Test("Each target imports only what the architecture allows", arguments: allowed)
    func imports(target: String, modules: Set<String>) throws {
        let files = try sources(of: target)
        #expect(!files.isEmpty)
        for (file, text) in files {
            let others = importedModules(text).subtracting(modules)
            #expect(others.isEmpty, "\(target)/\(file) imports \(others.sorted())")
        }
    }

    @Test("Every folder of sources is covered, but for C headers")
    func complete() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root + "/Sources")
        let covered = Set(Self.allowed.map(\.target))
        #expect(Set(folders).subtracting(covered) == ["CLinux", "CZeroMQ"])
    }

    @Test("Import lines are understood whatever stands before them")
    func reading() {
        let text = """
            import A
            package import B
            @preconcurrency public import C
            import struct D.E
            /// import F
            let important = 1
              internal import G.H  // because
            """
        #expect(importedModules(text) == ["A", "B", "C", "D", "G"])
    }

    private func sources(of target: String) throws -> [(file: String, text: String)] {
        let folder = "\(Repository.root)/Sources/\(target)"
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }
        return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map {
            ($0, try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8))
        }
    }
}

/// The modules that a source file's import lines name.
private func importedModules(_ text: String) -> Set<String> {
    let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
    var modules: Set<String> = []
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"),
            words[..<place].allSatisfy({ $0.hasPrefix("@") || isAccess($0) })
        else { continue }
        let name = words[(place + 1)...].first { !kinds.contains($0) }
        if let module = name?.split(separator: ".").first { modules.insert(String(module)) }
    }
    return modules
}

private func isAccess(_ word: Substring) -> Bool {
    ["public", "package", "internal", "fileprivate", "private"].contains(word)
}
