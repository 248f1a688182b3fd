import Autoscalers
import ControlPlane
import Kernel
import Testing
import Topology

/// How what controllers see and do is set up for a whole topology.
@Suite("Controllers in topologies")
struct ControllerPlanTests {
    private static func text(_ top: String) -> String {
        """
        services:
          web: { scaling: { max: 4 }, steps: [{ compute: 1 ms }] }
        arrivals:
          users: { to: web, rate: 10 req/s }
        \(top)
        """
    }

    private static func plan(_ top: String = "") throws -> ScalingPlan {
        try #require(
            try TopologyFile.parse(text: text(top), name: "t.yaml", baseDirectory: "").scaling)
    }

    @Test("Days that are none are no start", arguments: ["2026-02-29 00:00", "2026-13-01 00:00"])
    func noDay(start: String) throws {
        let found = errors(Self.text("scaling: { startsAt: \"\(start)\" }"))
        #expect(found.count == 1, "\(found)")
        #expect(try #require(found.first).message.contains("no day with a time"))
    }

    @Test("Signals have the names that clusters usually give them")
    func usualNames() {
        #expect(SignalKind(name: "http_requests_per_second") == .requests)
        #expect(SignalKind(name: "kafka_consumergroup_lag") == .queue)
        #expect(SignalKind(name: "requests_in_flight") == .concurrency)
        for kind in SignalKind.allCases { #expect(SignalKind(name: kind.name) == kind) }
        #expect(SignalKind(name: "up") == nil)
    }

    @Test("How the controller is set up is read, and the defaults are Kubernetes'")
    func controller() throws {
        #expect(try Self.plan().horizontal == HorizontalSettings())
        let set = try Self.plan(
            """
            scaling:
              controller: { tolerance: 0.2, cpuInitialization: 1 min, readinessDelay: 5 s,
                downscaleStabilisation: 2 min, scaleToZero: true }
            """
        ).horizontal
        #expect(set.tolerance == 0.2 && set.scalesToZero)
        #expect(set.cpuInitializationPeriod == .seconds(60))
        #expect(set.initialReadinessDelay == .seconds(5))
        #expect(set.downscaleStabilization == .seconds(120))
    }
}
