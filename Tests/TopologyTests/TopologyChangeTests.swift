import Foundation
import Model
import Testing
import Topology

@Suite("Values that are changed in a topology")
struct TopologyChangeTests {
    private static let text = """
        services:
          a: { replicas: 2, steps: [{ compute: 10 ms }, { call: b }] }
          b: { steps: [{ compute: 1 ms }] }
        arrivals:
          users: { to: a, rate: 80 req/s }
        """

    private static func load(_ changes: [(String, String)]) throws -> TopologyFile {
        try Repository.withTemporaryDirectory { directory in
            let path = directory + "/t.yaml"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return try TopologyFile.load(
                path: path, changes: changes.compactMap { TopologyChange(path: $0.0, value: $0.1) })
        }
    }

    private static func refusal(_ path: String, _ value: String) -> TopologyDiagnostic? {
        do {
            _ = try load([(path, value)])
            return nil
        } catch { return (error as? TopologyError)?.diagnostics.first }
    }

    @Test("A value, one in a list, all of a kind, and one that was not there")
    func values() throws {
        #expect(try Self.load([("services.a.replicas", "4")]).model.services[0].replicas == 4)
        #expect(
            try Self.load([("services.*.replicas", "3")]).model.services.map(\.replicas) == [3, 3])
        let plain = try Self.load([])
        let slower = try Self.load([("services.a.steps[0].compute", "20 ms")])
        #expect(slower.model != plain.model)
        #expect(try Self.load([("services.a.steps[0].compute", "10 ms")]).model == plain.model)
        #expect(slower.topologyHash != plain.topologyHash)
    }

    @Test("A path that leads nowhere, and a value that is none, are said")
    func errors() throws {
        let nowhere = try #require(Self.refusal("services.c.replicas", "4"))
        #expect(nowhere.path == "services.c.replicas")
        #expect(nowhere.message.contains("is not in the topology"))
        #expect(nowhere.remedy.contains("from the outside in"))
        let wrong = try #require(Self.refusal("services.a.replicas", "many"))
        #expect(wrong.path == "services.a.replicas")
        let noYAML = try #require(Self.refusal("services.a.replicas", "{"))
        #expect(noYAML.message.contains("no YAML"))
        #expect(TopologyChange(path: "services..a", value: "1") == nil)
        #expect(TopologyChange(path: "", value: "1") == nil)
    }
}
