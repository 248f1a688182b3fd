import Kernel
import Model
import Testing

@Suite("37: back-off does not cut open load")
struct BackoffTests {
    private static let backoff = ", backoff: { base: 100 ms, factor: 2, jitter: none }"

    @Test("open users: the same work with back-off and without", arguments: [1, 2, 3])
    func openLoadIsTheSame(seed: UInt64) throws {
        let with = try Scenario("37-backoff").run(seed: seed)
        let without = try Scenario("37-backoff", changes: [Self.backoff: ""]).run(seed: seed)
        let rates = [with, without].map { $0.service("server", 15..<28).arrivalRate }
        #expect(abs(rates[0] / rates[1] - 1) < 0.03)
        // Four attempts of 500 users a second.
        #expect(abs(rates[0] - 2_000) < 60)
        let total =
            Double(with.service("server").arrived) / Double(without.service("server").arrived)
        #expect(abs(total - 1) < 0.03)
    }

    @Test("a retry budget cuts it to the users' own", arguments: [1, 2, 3])
    func budgetCutsIt(seed: UInt64) throws {
        let run = try Scenario("37-backoff-cured").run(seed: seed)
        let rate = run.service("server", 15..<28).arrivalRate
        let offered = run.service("clients", 15..<28).arrivalRate
        #expect(rate / offered < 1.01)
    }

    @Test("closed users ask seven times less often with back-off", arguments: [1, 2, 3])
    func closedLoadIsCut(seed: UInt64) throws {
        let with = try Scenario("37-backoff-closed").run(seed: seed)
        let without = try Scenario("37-backoff-closed", changes: [Self.backoff: ""])
            .run(seed: seed)
        let rates = [with, without].map { $0.service("server", 15..<28).arrivalRate }
        // 50 users, four attempts each; a failed attempt takes 1 ms.
        #expect(abs(rates[0] / (50 * 4 / (0.1 + 0.7 + 0.004)) - 1) < 0.05)
        #expect(abs(rates[1] / (50 * 4 / (0.1 + 0.004)) - 1) < 0.05)
        #expect(abs(rates[0] / rates[1] - 0.13) < 0.02)
    }
}
