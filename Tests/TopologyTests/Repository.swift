import Foundation
import Testing
import Topology

/// The repository that these tests were compiled from.
enum Repository {
    static let root: String = {
        let file = #filePath
        return file.components(separatedBy: "/Tests/").dropLast().joined(separator: "/Tests/")
    }()

    static func path(_ relative: String) -> String { root + "/" + relative }

    static func topologies() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path("topologies"))
            .filter { $0.hasSuffix(".yaml") }.sorted().map { path("topologies/" + $0) }
    }

    /// Checks that a committed file has this content; with RECORD=1 in the environment writes it first.
    static func expect(
        _ relative: String, toBe text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try text.write(toFile: path(relative), atomically: true, encoding: .utf8)
        }
        let committed = (try? String(contentsOfFile: path(relative), encoding: .utf8)) ?? ""
        #expect(
            committed == text, "\(relative) is stale: run the tests with RECORD=1",
            sourceLocation: sourceLocation)
    }

    /// A new directory, removed after `body`.
    static func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
        let path = NSTemporaryDirectory() + "topology-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}

/// The errors of a text, or none when it parses.
func errors(_ text: String, baseDirectory: String = "") -> [TopologyDiagnostic] {
    do throws(TopologyError) {
        _ = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: baseDirectory)
        return []
    } catch {
        return error.diagnostics
    }
}

/// A text in which everything is right, with places to put wrong things in.
struct Sample {
    var top = ""
    var service = ""
    var steps = "      - compute: 10 ms\n"
    var rate = "80 req/s"
    var arrivals = ""

    var text: String {
        """
        services:
          a:
        \(service.isEmpty ? "" : service + "\n")    steps:
        \(steps)  b:
            steps: [{ compute: 1 ms }]
        arrivals:
          users:
            to: a
            rate: \(rate)
        \(arrivals)\(top)

        """
    }
}
