import Model
import Testing

@Suite("12: adaptive throttling")
struct AdaptiveThrottlingTests {
    @Test("without it the backend sees all that it must refuse", arguments: [1, 2, 3])
    func backendSeesEverything(seed: UInt64) throws {
        let run = try Scenario("12-adaptive-throttling").run(seed: seed)
        let backend = run.service("backend", 120..<178)
        #expect(abs(backend.arrivalRate - 400) < 10)
        #expect(abs(backend.rate(\.succeeded) - 100) < 1)
    }

    @Test("with a multiplier of 2 the backend sees twice what it accepts", arguments: [1, 2, 3])
    func backendSeesTwiceWhatItAccepts(seed: UInt64) throws {
        let run = try Scenario("12-adaptive-throttling-cured").run(seed: seed)
        let backend = run.service("backend", 120..<178)
        #expect(abs(backend.arrivalRate - 200) < 5)
        #expect(abs(backend.rate(\.succeeded) - 100) < 1)
        #expect(abs(run.edge("clients", "backend", 120..<178).rate(\.refused) - 200) < 10)
    }

    @Test("with a multiplier of 1.1 about one request in ten is refused", arguments: [1, 2, 3])
    func backendRefusesOneInTen(seed: UInt64) throws {
        let run = try cured("multiplier: 1.1", seed: seed)
        let backend = run.service("backend", 120..<178)
        let accepted = backend.rate(\.succeeded)
        #expect(backend.arrivalRate < 1.12 * accepted)
        #expect(abs(backend.rate(\.shed) / backend.arrivalRate - 0.09) < 0.02)
        #expect(accepted > 96)
    }

    @Test("ten clients that count each for itself throttle no less", arguments: [1, 2, 3])
    func tenClientsThrottleNoLess(seed: UInt64) throws {
        let run = try Scenario(
            "12-adaptive-throttling-cured",
            changes: ["  clients:\n": "  clients:\n    replicas: 10\n"]
        ).run(seed: seed)
        let seen = run.service("backend", 120..<178).arrivalRate
        #expect((160...205).contains(seen), "\(seen)")
    }

    @Test(
        "after the overload the share let through grows by the multiplier in a window",
        arguments: [1, 2, 3])
    func trustGrowsByTheMultiplier(seed: UInt64) throws {
        let two = try Scenario("12-adaptive-throttling-cured").run(seed: seed)
        #expect(two.users(245..<300).success > 0.999)
        #expect(two.edge("clients", "backend", 245..<300).sum(\.refused) == 0)
        // From a quarter a multiplier of 1.1 takes about seven windows.
        let little = try cured("multiplier: 1.1", seed: seed)
        #expect((0.25...0.45).contains(little.users(245..<300).success))
    }

    private func cured(_ multiplier: String, seed: UInt64) throws -> ScenarioRun {
        try Scenario("12-adaptive-throttling-cured", changes: ["multiplier: 2": multiplier])
            .run(seed: seed)
    }
}
