import Kernel
import Model
import Testing

@Suite("Cores: what happens depends on nothing else")
struct PacerConsistencyTests {
    /// One thing done to the cores of a replica.
    private enum Action {
        case start(work: Int64)
        case remove(UInt64)
        case speed(Double)
        case cores(Int)
        case pause(Int64)
        case quota(Int64)
    }

    /// Random actions at random instants.
    private func actions(seed: UInt64) -> [(instant: SimulatedInstant, action: Action)] {
        var numbers = RandomNumbers(seed: seed)
        var now = SimulatedInstant.start
        return (0..<400).map { _ in
            now = now + SimulatedDuration(nanoseconds: .random(in: 0...9_999_999, using: &numbers))
            let action: Action =
                switch Int.random(in: 0..<10, using: &numbers) {
                case 0: .remove(.random(in: 0..<400, using: &numbers))
                case 1: .speed(.random(in: 0...3, using: &numbers))
                case 2: .cores(.random(in: 0...3, using: &numbers))
                case 3: .pause(.random(in: 0...20_000_000, using: &numbers))
                case 4: .quota(.random(in: 1_000_000...40_000_000, using: &numbers))
                default: .start(work: .random(in: 0...30_000_000, using: &numbers))
                }
            return (now, action)
        }
    }

    private struct Trace: Equatable {
        var departures: [Pacer.Departure] = []
        var instants: [SimulatedInstant] = []
        var usage = Pacer.Usage()
    }

    /// Does the actions. `meddle` is called after whatever happens, and `settles` fires events midway
    /// between any two things that happen.
    private func run(
        _ pacer: Pacer, seed: UInt64, settles: Bool = false,
        meddle: (inout Pacer, SimulatedInstant) -> Void = { _, _ in }
    ) -> Trace {
        var pacer = pacer
        var trace = Trace()
        var last = SimulatedInstant.start
        func settleMidway(to now: SimulatedInstant) {
            guard settles, now > last else { return }
            #expect(pacer.fire(at: last + (now - last) / 2) == nil)
        }
        func fire(until end: SimulatedInstant) {
            while pacer.nextEvent <= end && pacer.nextEvent < .never {
                let now = pacer.nextEvent
                #expect(now >= last, "an event in the past")
                settleMidway(to: now)
                last = now
                while let gone = pacer.fire(at: now) {
                    trace.departures.append(gone)
                    trace.instants.append(now)
                }
                meddle(&pacer, now)
            }
        }
        for (index, (instant, action)) in actions(seed: seed).enumerated() {
            fire(until: instant)
            settleMidway(to: instant)
            last = instant
            switch action {
            case .start(let work):
                pacer.start(
                    job: Int32(index), call: UInt64(index) + 1,
                    work: SimulatedDuration(nanoseconds: work), at: instant)
            case .remove(let call):
                if let gone = pacer.remove(call: call, at: instant) {
                    trace.departures.append(gone)
                    trace.instants.append(instant)
                }
            case .speed(let speed): pacer.setSpeed(speed, at: instant)
            case .cores(let cores): pacer.setCores(cores, at: instant)
            case .pause(let nanoseconds):
                pacer.pause(for: SimulatedDuration(nanoseconds: nanoseconds), at: instant)
            case .quota(let nanoseconds):
                pacer.setQuota(SimulatedDuration(nanoseconds: nanoseconds), at: instant)
            }
            meddle(&pacer, instant)
        }
        pacer.setCores(2, at: last)
        pacer.setSpeed(1, at: last)
        fire(until: .never)
        trace.usage = pacer.usage(at: last)
        #expect(pacer.count == 0)
        return trace
    }

    private var pacers: [Pacer] {
        [
            Pacer(cores: 2),
            Pacer(cores: 2, limit: CPULimit(quota: .milliseconds(7), period: .milliseconds(10))),
            Pacer(cores: 3, limit: CPULimit(quota: .milliseconds(25), period: .milliseconds(10))),
        ]
    }

    @Test("Looking, events fired early, and bytes written and read back change nothing")
    func meddling() {
        for (seed, pacer) in zip(UInt64(1)..., pacers + pacers + pacers) {
            let plain = run(pacer, seed: seed)
            let meddled = run(pacer, seed: seed, settles: true) { pacer, now in
                _ = pacer.usage(at: now + .milliseconds(3))
                let decoded = try? Pacer(decoding: pacer.encoded())
                #expect(decoded?.encoded() == pacer.encoded())
                #expect(decoded?.nextEvent == pacer.nextEvent)
                if let decoded { pacer = decoded }
            }
            #expect(plain == meddled)
            #expect(plain.departures.count > 100)
        }
    }

    @Test("Core time balances: jobs together got what the cores gave, to a nanosecond a job")
    func coreTimeBalances() {
        for (seed, pacer) in zip(UInt64(50)..., pacers) {
            let trace = run(pacer, seed: seed)
            let sum = trace.departures.reduce(0) { $0 + UInt64($1.coreTime.nanoseconds) }
            #expect(sum <= trace.usage.coreTime)
            #expect(trace.usage.coreTime - sum <= UInt64(2 * trace.departures.count))
        }
    }

    @Test("A copy stays as it was while the original goes on")
    func copies() {
        var pacer = Pacer(cores: 1)
        for call: UInt64 in 1...20 {
            pacer.start(job: 0, call: call, work: .milliseconds(Int64(call)), at: .start)
        }
        let copy = pacer
        let bytes = pacer.encoded()
        while pacer.nextEvent != .never { _ = pacer.fire(at: pacer.nextEvent) }
        #expect(copy.encoded() == bytes)
    }

    @Test("Hostile bytes are refused, or make cores that can be run without harm")
    func hostileBytes() {
        var numbers = RandomNumbers(seed: 77)
        var accepted = 0
        for pacer in pacers {
            var pacer = pacer
            for call: UInt64 in 1...5 {
                pacer.start(
                    job: 3, call: call, work: .milliseconds(Int64(call) * 5),
                    at: .start + .milliseconds(Int64(call)))
            }
            pacer.pause(for: .milliseconds(2), at: .start + .milliseconds(6))
            let bytes = pacer.encoded()
            for _ in 0..<5_000 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                    let place = Int.random(in: 0..<changed.count, using: &numbers)
                    changed[place] = .random(in: 0...255, using: &numbers)
                }
                guard var hostile = try? Pacer(decoding: changed) else { continue }
                accepted += 1
                for _ in 0..<50 where hostile.nextEvent != .never {
                    _ = hostile.fire(at: hostile.nextEvent)
                }
                hostile.setSpeed(1, at: hostile.nextEvent)
                hostile.pause(for: .seconds(1), at: .start)
                hostile.start(job: 0, call: 99, work: .seconds(1), at: .start)
                _ = hostile.remove(call: 99, at: .start)
                _ = hostile.usage(at: .start)
            }
        }
        #expect(accepted > 0)
    }
}
