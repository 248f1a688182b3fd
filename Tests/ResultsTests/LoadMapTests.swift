import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("The map of load and trigger")
struct LoadMapTests {
    private let text = """
        name: small
        duration: 60 s
        services: { a: { steps: [{ compute: 1 ms }] } }
        arrivals:
          users: { to: a, rate: { base: 100 req/s, spike: 300 req/s, from: 10 s, until: 15 s } }
        faults:
          gray: { slow: { service: a, factor: 3 }, from: 12 s, until: 15 s }
        """

    private func plan(
        _ text: String, loads: [Double], triggers: [Double], seeds: [UInt64] = [1]
    ) throws -> LoadMapPlan {
        try LoadMapPlan(
            TopologyFile.parse(text: text, name: "small.yaml", baseDirectory: ""), loads: loads,
            triggers: triggers.map { SimulatedDuration(seconds: $0) }, seeds: seeds)
    }

    @Test("scales users and sets the length of triggers")
    func models() throws {
        let plan = try plan(text, loads: [0.5, 2], triggers: [0, 2.5, 20], seeds: [1, 2])
        #expect(plan.cells.count == 12)
        #expect(plan.triggerNames == ["spike of users", "fault gray"])
        let long = plan.model(plan.cells[10])
        let profile = long.services[0].arrivals[0].profile
        func rates(_ seconds: [Double]) -> [Double] {
            seconds.map { profile.rate(at: .start + SimulatedDuration(seconds: $0)) }
        }
        #expect(rates([0, 9.9, 10, 29.9, 30, 50]) == [200, 200, 600, 600, 200, 200])
        #expect(
            long.faults[0].schedule
                == .window(from: .start + .seconds(12), until: .start + .seconds(32)))
        // 45 s are left after the triggers, whatever their length.
        #expect(plan.settings(plan.cells[10]).end.seconds == 77)
        let none = plan.model(plan.cells[0])
        #expect(none.faults.isEmpty)
        #expect(none.services[0].arrivals[0].profile.rate(at: .start + .seconds(10)) == 50)
        let short = plan.model(plan.cells[2]).services[0].arrivals[0].profile
        #expect(short.rate(at: .start + .milliseconds(12_400)) == 150)
        #expect(short.rate(at: .start + .milliseconds(12_500)) == 50)
    }

    @Test("needs a trigger that has a length")
    func refusals() throws {
        let calm = """
            duration: 10 s
            services: { a: { steps: [{ compute: 1 ms }] } }
            arrivals: { users: { to: a, rate: 100 req/s } }
            """
        #expect(throws: ResultError.self) { try plan(calm, loads: [1], triggers: [1]) }
    }

    /// What comes of a run that is back after so many seconds; `nil`: never.
    private func recovery(before: Double = 1, back seconds: Int?) -> Recovery {
        let users = (0..<100).map { second in
            let isBad = second >= 20 && second < 30 + (seconds ?? 1_000)
            let share = isBad ? 0.1 : before
            return UserInterval(calls: 1_000, good: 1_000 * share, bad: 1_000 * (1 - share))
        }
        return Recovery(
            users, interval: 1, calmUntil: 20, from: 20, until: 30, horizon: 100)
    }

    @Test("a load that fails without any trigger is overloaded, not metastable")
    func overloaded() throws {
        let plan = try plan(text, loads: [1, 1.5], triggers: [0, 5])
        let map = LoadMap(
            plan,
            recoveries: [
                recovery(back: 0), recovery(back: nil), recovery(back: nil), recovery(back: nil),
            ])
        #expect(map.cells.map { $0.map(\.region.symbol).joined() } == ["o#", "xx"])
    }

    @Test("time is left after kills, too")
    func timeAfterKills() throws {
        let plan = try plan(
            text + "\n  k: { kill: { service: a }, at: 50 s }", loads: [1], triggers: [1])
        #expect(plan.settings(plan.cells[0]).end.seconds == 95)
    }

    @Test("a map without triggers knows no hidden capacity")
    func withoutTriggers() throws {
        let plan = try plan(text, loads: [1], triggers: [0])
        let map = LoadMap(plan, recoveries: [recovery(back: 0)])
        #expect(map.hiddenCapacityWords.hasPrefix("hidden capacity: not known"))
    }

    @Test("has three regions, and the hidden capacity where the first ends")
    func regions() throws {
        let plan = try plan(text, loads: [0.5, 0.75, 1, 1.5], triggers: [0, 5, 10])
        let map = LoadMap(
            plan,
            recoveries: [
                recovery(back: 0), recovery(back: 0), recovery(back: 10),
                recovery(back: 0), recovery(back: 1), recovery(back: 30),
                recovery(back: 0), recovery(back: 0), recovery(back: nil),
                recovery(before: 0.6, back: 0), recovery(before: 0.6, back: nil),
                recovery(before: 0.6, back: nil),
            ])
        #expect(
            map.cells.map { $0.map(\.region.symbol).joined() } == ["...", "...", "oo#", "xxx"])
        #expect(map.hiddenCapacity == 1)
        #expect(map.hiddenCapacityWords.hasPrefix("hidden capacity: 75%, 75 requests/s"))
        #expect(map.lines[0].contains("50%") && map.lines[1].contains("10 s"))
        let rows = map.csv.split(separator: "\n")
        #expect(rows.count == 13)
        #expect(rows[9] == "100,100,10,metastable,1,1,1.0000,0.1000,")
        #expect(rows[6].hasPrefix("75,75,10,stable,1,0,1.0000,") && rows[6].hasSuffix(",30.000"))
        #expect(map.plotScript(output: .svg).contains("hidden capacity (75%)"))
    }

    @Test("lets the majority of seeds decide")
    func majority() throws {
        let plan = try plan(text, loads: [1], triggers: [5], seeds: [1, 2, 3])
        let twoOfThree = [recovery(back: nil), recovery(back: 0), recovery(back: nil)]
        let map = LoadMap(plan, recoveries: twoOfThree)
        #expect(map.cells[0][0].region == .metastable)
        #expect((map.cells[0][0].runs, map.cells[0][0].tipped) == (3, 2))
        #expect(map.hiddenCapacity == nil)
    }

    @Test("of the storm finds the hidden capacity below the load that collapses")
    func storm() throws {
        let text = try String(
            contentsOfFile: Repository.root + "/topologies/r4x-storm.yaml", encoding: .utf8
        ).replacingOccurrences(of: "duration: 60 s", with: "duration: 20 s")
        let plan = try plan(text, loads: [0.3, 1], triggers: [0, 3])
        let recoveries = plan.cells.map { cell in
            let model = plan.model(cell)
            var run = SequentialRun<ServiceProcess>(model, settings: plan.settings(cell))
            run.run(before: .never)
            return plan.recovery(cell, run.outcome(), model)
        }
        let map = LoadMap(plan, recoveries: recoveries)
        #expect(map.cells.map { $0.map(\.region.symbol).joined() } == ["..", "o#"])
        #expect(map.hiddenCapacity == 0)
    }
}
