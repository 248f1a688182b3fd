import Kernel
import Model
import Testing

@Suite("32: crash loop by memory")
struct CrashLoopTests {
    /// Deaths, each with the restart at once, then 10, 20, 40, 80, 160, 300, 300 s, 1 s of start and
    /// 0.3 s of life.
    private let deaths = [0, 1, 12, 34, 75, 156, 318, 619, 920]

    @Test("it dies, and dies again, with Kubernetes' waits in between", arguments: [1, 2, 3])
    func itDiesWithDoublingWaits(seed: UInt64) throws {
        let run = try Scenario("32-crash-loop").run(seed: seed)
        let seen = run.series("server").filter { $0.kills > 0 }.map { Int($0.number) - 1 }
        #expect(run.service("server").kills == UInt64(deaths.count))
        #expect(seen.count == deaths.count)
        for (seen, expected) in zip(seen, deaths) { #expect(abs(seen - expected) <= 1) }
        let users = run.users("users")
        #expect(Double(users.callSuccesses) / Double(users.calls) < 0.002)
        #expect(users.unavailable > users.calls * 99 / 100)
    }

    @Test("ten minutes of running are forgotten: the next restart is at once again", arguments: [1])
    func tenMinutesAreForgotten(seed: UInt64) throws {
        let rate = """
            rate: { steps: [{ at: 0 s, rate: 200 req/s }, { at: 60 s, rate: 50 req/s }, \
            { at: 700 s, rate: 200 req/s }] }
            """
        let run = try Scenario("32-crash-loop", changes: ["rate: 200 req/s": rate]).run(seed: seed)
        let seen = run.series("server").filter { $0.kills > 0 }.map { Int($0.number) - 1 }
        #expect(seen.filter { $0 >= 700 }.prefix(4).map { $0 - 700 } == [0, 1, 13, 34])
    }

    @Test("shedding from 30 requests on: no death, and half are served", arguments: [1, 2, 3])
    func sheddingKeepsItAlive(seed: UInt64) throws {
        let run = try Scenario("32-crash-loop-cured").run(seed: seed)
        #expect(run.service("server").kills == 0)
        let users = run.users("users")
        #expect(abs(Double(users.callSuccesses) / Double(users.calls) - 0.5) < 0.005)
        #expect(users.shed + users.callSuccesses + 40 > users.calls)
    }
}
