import Kernel
import Model
import Testing

@Suite("8: queue build-up")
struct QueueBuildUpTests {
    private static let queue = "{ length: 1000, discipline: fifo }"

    /// Share of successes of the requests that came from 20 s on.
    private func success(_ run: ScenarioRun) -> Double {
        let users = run.users("users")
        return Double(users.succeeded) / Double(users.requests)
    }

    @Test("the server works at capacity and every answer is late", arguments: [1, 2, 3])
    func everyAnswerIsLate(seed: UInt64) throws {
        let run = try Scenario("08-queue-build-up").run(seed: seed)
        #expect(success(run) < 0.01)
        #expect(abs(run.service("server", 20..<58).rate(\.succeeded) - 100) < 1)
        let late = run.users(22..<58).rate(\.lateAnswers)
        #expect(abs(late - 100) < 1.5, "\(late)")
    }

    @Test("a queue ten times the threads is still too deep", arguments: [1, 2, 3])
    func tenTimesTheThreadsIsStillTooDeep(seed: UInt64) throws {
        let run = try Scenario("08-queue-build-up", changes: [Self.queue: "100"]).run(seed: seed)
        #expect(success(run) < 0.05)
    }

    /// The SRE book: with a queue of ten times the threads a request takes 1.1 s, of which 1 s in line.
    @Test("a full queue of ten times the threads takes eleven service times", arguments: [1, 2, 3])
    func aFullQueueTakesElevenServiceTimes(seed: UInt64) throws {
        let scenario = try Scenario(
            "08-queue-build-up",
            changes: [Self.queue: "100", "timeout: 1 s, ": "", "120 req/s": "150 req/s"])
        let latencies = scenario.run(seed: seed).userLatencies("users")
        let median = latencies.quantile(0.5)?.seconds ?? 0
        #expect(median > 1.05 && median < 1.105, "\(median)")
        #expect((latencies.maximum?.seconds ?? 9) <= 1.1)
    }

    /// No queue can give more than 100 / 120 = 83 %.
    @Test(
        "a short queue, controlled delay or the newest first give three quarters and more",
        arguments: [
            "{ length: 5, discipline: fifo }",
            "{ length: 1000, wait: { target: 5 ms, interval: 100 ms } }",
            "{ length: 1000, discipline: { adaptive-lifo: 20 } }",
        ])
    func shortWaitsGiveGoodput(queue: String) throws {
        for seed: UInt64 in 1...3 {
            let run = try Scenario("08-queue-build-up", changes: [Self.queue: queue]).run(
                seed: seed)
            #expect(success(run) > 0.75 && success(run) < 0.85)
            let p90 = run.userLatencies("users").quantile(0.9)?.seconds ?? 9
            #expect(p90 < 0.2, "\(p90)")
        }
    }

    @Test("the committed cure is the short queue", arguments: [1, 2, 3])
    func theCommittedCureIsTheShortQueue(seed: UInt64) throws {
        let run = try Scenario("08-queue-build-up-cured").run(seed: seed)
        #expect(success(run) > 0.79)
    }
}
