import Kernel
import Model
import Testing

@Suite("33: zone failure")
struct ZoneFailureTests {
    @Test(
        "one of three zones: the others get 3/2 of their load, and lose what is too much",
        arguments: [1, 2, 3])
    func twoZonesGetHalfAsMuchAgain(seed: UInt64) throws {
        let run = try Scenario("33-zone-failure").run(seed: seed)
        #expect(run.users("before", 0..<20).success == 1)
        #expect(abs(run.users("during", 25..<39).success - 800.0 / 960) < 0.02)
        #expect(abs(run.service("server", 25..<39).rate(\.succeeded) - 800) < 5)
        #expect(run.service("server", 25..<39).last(\.readyReplicas) == 8)
        #expect(run.users("after").callFailures == 0)
    }

    @Test("at half load the factor of 3/2 is borne", arguments: [1, 2, 3])
    func halfLoadBearsIt(seed: UInt64) throws {
        let run = try Scenario("33-zone-failure", changes: ["960 req/s": "600 req/s"]).run(
            seed: seed)
        // But for those that the zone takes with it.
        #expect(run.users(0..<59).success > 0.999)
        // Of the cores that are left 3/2 of the share before is busy.
        let before = run.service("server", 5..<20).busyCores / 12
        let during = run.service("server", 25..<39).busyCores / 8
        #expect(abs(during / before - 1.5) < 0.06)
    }

    @Test("a fourth zone, and nobody notices", arguments: [1, 2, 3])
    func fourthZoneCarriesIt(seed: UInt64) throws {
        let run = try Scenario("33-zone-failure-cured").run(seed: seed)
        let all = run.users(0..<59)
        #expect(all.success > 0.999)
        #expect(run.users("during").callFailures == 0)
    }
}
