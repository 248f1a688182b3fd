import Coordination
import Foundation
import Kernel
import Model
import Results
import Testing
import Topology

@Suite("How users fared after a trigger")
struct RecoveryTests {
    /// 100 seconds at 1,000 calls a second; `good` says which share succeeds in which second.
    private func recovery(
        from: Double = 20, until: Double? = 30, horizon: Double = 100, good: (Int) -> Double
    ) -> Recovery {
        let users = (0..<100).map { second in
            UserInterval(calls: 1_000, good: 1_000 * good(second), bad: 1_000 * (1 - good(second)))
        }
        return Recovery(
            users, interval: 1, calmUntil: from, from: from, until: until, horizon: horizon)
    }

    @Test("is stable when goodput is back within the grace")
    func stable() {
        let atOnce = recovery { $0 >= 20 && $0 < 30 ? 0.3 : 1 }
        #expect(atOnce.state == .stable)
        #expect(atOnce.seconds == 0)
        #expect((atOnce.before, atOnce.during, atOnce.after) == (1, 0.3, 1))
        #expect(atOnce.grace == 2)
        let soon = recovery { $0 >= 20 && $0 < 32 ? 0.3 : 1 }
        #expect(soon.state == .stable)
        #expect(soon.seconds == 2)
        #expect(recovery { _ in 1 }.state == .stable)
    }

    @Test("is vulnerable when goodput is back later")
    func vulnerable() {
        let late = recovery { $0 >= 20 && $0 < 57 ? 0.3 : 1 }
        #expect(late.state == .vulnerable)
        #expect(late.seconds == 27)
        // Back, but for a relapse.
        let relapse = recovery { $0 >= 20 && $0 < 30 || $0 == 50 ? 0.3 : 1 }
        #expect(relapse.state == .vulnerable)
        #expect(relapse.seconds == 21)
    }

    @Test("is metastable when goodput stays low")
    func metastable() {
        let low = recovery { $0 >= 20 ? 0.05 : 0.99 }
        #expect(low.state == .metastable)
        #expect(low.seconds == nil)
        #expect(abs(low.after - 0.05) < 1e-12)
        #expect(recovery { $0 >= 20 ? 0.94 : 1 }.state == .metastable)
        #expect(recovery { $0 >= 20 ? 0.96 : 1 }.state == .stable)
        // One good moment at the end is no recovery.
        #expect(recovery { $0 >= 20 && $0 < 98 ? 0.05 : 1 }.state == .metastable)
    }

    @Test("is measured against what it was before")
    func relative() {
        #expect(recovery { $0 >= 20 && $0 < 30 ? 0.1 : 0.8 }.state == .stable)
        #expect(recovery { $0 >= 20 ? 0.7 : 0.8 }.state == .metastable)
    }

    @Test("sees a backlog although nothing fails")
    func backlog() {
        // From 20 s to 30 s only half of the calls end; then, or from 60 s on, what is left.
        func users(drains: Bool) -> [UserInterval] {
            (0..<100).map { second in
                switch second {
                case 20..<30: UserInterval(calls: 1_000, good: 500, bad: 0)
                case 60..<65 where drains: UserInterval(calls: 1_000, good: 2_000, bad: 0)
                default: UserInterval(calls: 1_000, good: 1_000, bad: 0)
                }
            }
        }
        func recovery(drains: Bool) -> Recovery {
            Recovery(
                users(drains: drains), interval: 1, calmUntil: 20, from: 20, until: 30,
                horizon: 100)
        }
        #expect(recovery(drains: false).state == .metastable)
        let drained = recovery(drains: true)
        #expect(drained.state == .vulnerable)
        #expect((31...35).contains(drained.seconds ?? 0))
    }

    @Test("is undecided when there is nothing to go by")
    func undecided() {
        #expect(recovery(from: 0) { _ in 1 }.doubt == .noBefore)
        #expect(recovery { $0 < 20 ? 0.2 : 1 }.doubt == .badBefore)
        #expect(recovery(until: nil) { $0 >= 20 ? 0.1 : 1 }.doubt == .noEnd)
        #expect(recovery(horizon: 33) { $0 >= 20 ? 0.1 : 1 }.doubt == .noAfter)
        // Good at the end, for too short a time to prove anything and too long to be a moment.
        let late = recovery { $0 >= 20 && $0 < 97 ? 0.05 : 1 }
        #expect(late.doubt == .noAfter && late.hasTipped)
    }
}

@Suite("Triggers")
struct TriggerTests {
    private func triggers(_ text: String, seed: UInt64 = 1) throws -> [Trigger] {
        let topology = try TopologyFile.parse(text: text, name: "t.yaml", baseDirectory: "")
        return Trigger.all(in: topology.model, seed: seed, end: .start + topology.duration)
    }

    private func text(rate: String, faults: String = "") -> String {
        """
        duration: 60 s
        services: { a: { replicas: 3, steps: [{ compute: 1 ms }] } }
        arrivals: { users: { to: a, rate: \(rate) } }
        \(faults)
        """
    }

    private func spans(_ triggers: [Trigger]) -> [[Double?]] {
        triggers.map { [$0.from.seconds, $0.until?.seconds] }
    }

    @Test("are spikes, steps and slopes of the users' rate")
    func rates() throws {
        let spike = "{ base: 10 req/s, spike: 30 req/s, from: 5 s, until: 8 s }"
        #expect(spans(try triggers(text(rate: spike))) == [[5, 8]])
        #expect(try triggers(text(rate: "10 req/s")).isEmpty)
        let small = "{ base: 100 req/s, spike: 109 req/s, from: 5 s, until: 8 s }"
        #expect(try triggers(text(rate: small)).isEmpty)
        let step = "{ steps: [{ at: 0 s, rate: 10 req/s }, { at: 20 s, rate: 20 req/s }] }"
        #expect(spans(try triggers(text(rate: step))) == [[20, nil]])
        let slope = "{ ramp: { from: 10 req/s, to: 90 req/s, start: 10 s, end: 30 s } }"
        #expect(spans(try triggers(text(rate: slope))) == [[10, nil]])
        let long = "{ ramp: { from: 10 req/s, to: 90 req/s, start: 10 s, end: 100 s } }"
        #expect(spans(try triggers(text(rate: long))) == [[10, nil]])
        let slow = "{ ramp: { from: 100 req/s, to: 110.5 req/s, start: 10 s, end: 100 s } }"
        #expect(try triggers(text(rate: slow)).isEmpty)
        let hill =
            "{ points: [{ at: 10 s, rate: 10 req/s }, { at: 20 s, rate: 40 req/s }, "
            + "{ at: 30 s, rate: 10 req/s }] }"
        #expect(spans(try triggers(text(rate: hill))) == [[10, 30]])
    }

    @Test("are not users who only change their names")
    func handover() throws {
        let found = try triggers(
            """
            duration: 60 s
            services: { a: { steps: [{ compute: 1 ms }] } }
            arrivals:
              before: { to: a, rate: { steps: [{ at: 0 s, rate: 9 req/s }, { at: 20 s, rate: 0 req/s }] } }
              after: { to: a, rate: { steps: [{ at: 0 s, rate: 0 req/s }, { at: 20 s, rate: 9 req/s }] } }
            """)
        #expect(found.isEmpty)
    }

    @Test("are faults: momentary, for a time, for good and at random")
    func faults() throws {
        let found = try triggers(
            text(
                rate: "10 req/s",
                faults: """
                    faults:
                      crash: { kill: { service: a }, at: 10 s }
                      gray: { slow: { service: a, factor: 3 }, from: 20 s, until: 25 s }
                      smaller: { errors: { service: a, probability: 1% }, from: 40 s }
                    """))
        #expect(found.map(\.name) == ["fault crash", "fault gray", "fault smaller"])
        #expect(spans(found) == [[10, 10], [20, 25], [40, nil]])
    }

    @Test("at random times are those of the run")
    func random() throws {
        let text = text(
            rate: "10 req/s",
            faults: """
                faults:
                  shaky: { kill: { service: a, replicas: 1 }, every: { wait: { exponential: 10 s } } }
                """)
        let found = try triggers(text, seed: 3)
        let run = try FinishedRun(text, seed: 3)
        let began = run.events.filter {
            $0.kind == EventKind.fault.rawValue && $0.detail == 1
        }
        #expect(!found.isEmpty)
        #expect(found.map(\.from) == began.map(\.instant))
        #expect(found != (try triggers(text, seed: 4)))
    }
}

@Suite("The verdict")
struct VerdictTests {
    private func summary(_ change: (String) -> String = { $0 }) throws -> RunSummary {
        let text = try String(
            contentsOfFile: Repository.root + "/topologies/r4x-storm.yaml", encoding: .utf8)
        return try FinishedRun(change(text)).summary
    }

    @Test("on the storm is metastable, and retries feed themselves")
    func storm() throws {
        let summary = try summary { $0 }
        #expect(summary.violations.isEmpty)
        let verdict = try #require(summary.verdict)
        #expect(verdict.state == .metastable)
        #expect((verdict.judged.from, verdict.judged.until) == (5, 8))
        #expect(verdict.goodputBefore > 0.99)
        #expect(verdict.goodputAfter < 0.2)
        #expect(verdict.secondsToRecover == nil)
        #expect(verdict.effects.contains { $0.kind == .retries })
        #expect(
            verdict.words.contains("the spike of users' requests (from 5 s to 8 s) is over, yet"))
        #expect(try RunSummary(json: summary.json()).verdict == verdict)
    }

    @Test("without a spike there is none, and all is well")
    func calm() throws {
        let summary = try summary {
            $0.replacingOccurrences(
                of: "{ base: 1100 req/s, spike: 3300 req/s, from: 5 s, until: 8 s }",
                with: "1100 req/s")
        }
        #expect(summary.verdict == nil)
        #expect(summary.users[0].successes + summary.users[0].inFlight == summary.users[0].requests)
    }

    @Test("on a spike that the system can take is stable")
    func smallSpike() throws {
        let summary = try summary {
            $0.replacingOccurrences(of: "spike: 3300 req/s", with: "spike: 1300 req/s")
        }
        let verdict = try #require(summary.verdict)
        #expect(verdict.state == .stable)
        #expect(verdict.effects.isEmpty)
        #expect(verdict.words.contains("goodput is back at once"))
    }

    @Test("on a queue that takes its time to drain is vulnerable")
    func queue() throws {
        let summary = try FinishedRun(
            """
            duration: 120 s
            services: { a: { steps: [{ compute: 10 ms }] } }
            arrivals:
              users:
                to: a
                process: constant
                rate: { base: 80 req/s, spike: 180 req/s, from: 20 s, until: 30 s }
                timeout: 1 s
            """
        ).summary
        let verdict = try #require(summary.verdict)
        // 800 wait at 30 s, and 20 a second more go than come.
        #expect(verdict.state == .vulnerable)
        #expect((30...45).contains(verdict.secondsToRecover ?? 0))
        #expect(verdict.effects.first?.kind == .lateWork)
    }

    @Test("counts the worst of several triggers")
    func worst() throws {
        let summary = try summary {
            $0 + """
                faults:
                  later: { slow: { service: d, factor: 1.1 }, from: 50 s, until: 51 s }

                """
        }
        let verdict = try #require(summary.verdict)
        #expect(verdict.triggers.count == 2)
        #expect(verdict.state == .metastable)
        #expect(verdict.judged.until == 8)
        #expect(verdict.words.contains("until 50 s"))
    }
}
