import ControlPlane
import Coordination
import Foundation
import Kernel
import Model
import Policies
import Snapshots
import Topology

/// A service that scales and calls one that does not.
enum Fixture {
    static let text = """
        name: pair
        duration: 60 s
        seed: 7
        scaling: { policy: hpa, sync: 10 s, metrics: { scrape: 5 s } }
        network: { latency: 1 ms }
        services:
          front:
            replicas: 2
            lifeCycle: { start: 2 s }
            scaling: { min: 1, max: 8, target: 50% }
            steps: [{ compute: 10 ms }, { call: back }]
          back:
            replicas: 3
            steps: [{ compute: 5 ms }]
        arrivals:
          users: { to: front, rate: 50 req/s }
        """

    static func topology() throws -> TopologyFile {
        try TopologyFile.parse(text: text, name: "pair.yaml", baseDirectory: "")
    }

    /// A run that stands at its first question.
    static func asking() throws -> (run: SequentialRun<ServiceProcess>, PolicyQuestion) {
        let topology = try topology()
        var run = SequentialRun<ServiceProcess>(
            topology.model, settings: RunSettings(seed: 7, duration: topology.duration),
            control: ControlPlane(try topology.scaling(by: "external"), seed: 7))
        run.run(before: .never)
        guard let question = run.question else { throw PolicyError("never asks") }
        return (run, question)
    }
}

/// A client of a step environment.
struct Client {
    private var environment: StepEnvironment

    init() throws {
        let topology = try Fixture.topology()
        environment = StepEnvironment(
            topology, seed: 7, duration: topology.duration, release: "1.0")
    }

    var isClosed: Bool { environment.isClosed }

    mutating func send(_ text: String) throws -> Node {
        try environment.reply(to: Data(text.utf8))
    }
}

extension Node {
    subscript(key: String) -> Node {
        guard case .map(let members) = content else { return nil }
        return members[key] ?? nil
    }

    var text: String? {
        guard case .text(let text) = content else { return nil }
        return text
    }

    var number: Double? {
        guard case .number(let text) = content else { return nil }
        return Double(text)
    }
}
