import Kernel
import Model
import Testing

@Suite("31: health checks remove loaded nodes")
struct HealthCheckTests {
    @Test("three of ten lost: the probes take out the others too", arguments: [1, 2, 3, 4, 5])
    func probesTakeOutTheRest(seed: UInt64) throws {
        let run = try Scenario("31-health-checks").run(seed: seed)
        #expect(run.users("before", 0..<20).success == 1)
        let after = run.users("after", 40..<98)
        // 0.875 could be served.
        #expect(after.success < 0.25)
        // Never again seven for long: the mean of the ready ones is far below.
        let ready = run.series("server").filter { $0.number > 40 }.map { Int($0.readyReplicas) }
        #expect(Double(ready.reduce(0, +)) / Double(ready.count) < 5)
        #expect(try #require(ready.min()) <= 1)
    }

    @Test("one of ten lost: the probes of the others hold", arguments: [1, 2, 3])
    func oneLostIsBorne(seed: UInt64) throws {
        let run = try Scenario("31-health-checks", changes: ["replicas: 3": "replicas: 1"])
            .run(seed: seed)
        #expect(run.users("after", 40..<98).success > 0.99)
        let ready = run.series("server").filter { $0.number > 40 }.map { Int($0.readyReplicas) }
        #expect(ready.allSatisfy { $0 == 9 })
    }

    @Test(
        "bounded queues and no probe behind them: what seven can serve is served",
        arguments: [1, 2, 3])
    func boundedQueuesServeWhatTheyCan(seed: UInt64) throws {
        let run = try Scenario("31-health-checks-cured").run(seed: seed)
        let after = run.users("after", 40..<98)
        #expect(after.success > 0.85 && after.success < 0.9)
        #expect(abs(after.goodput - 350) < 5)
        #expect(run.users("after").timeouts == 0)
    }
}
