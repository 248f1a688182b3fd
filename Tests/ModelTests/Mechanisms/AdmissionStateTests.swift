import Kernel
import Model
import Testing

@Suite("Buckets, utilisation, controlled delay")
struct AdmissionStateTests {
    private func instant(_ milliseconds: Int64) -> SimulatedInstant {
        .start + .milliseconds(milliseconds)
    }

    @Test("A token bucket lets a burst through and then its rate")
    func tokens() {
        let description = BucketDescription(kind: .token, rate: 10, burst: 5)
        var state = BucketState()
        #expect((0..<7).count { _ in state.admit(at: .start, under: description) != nil } == 5)
        #expect(state.admit(at: instant(99), under: description) == nil)
        #expect(state.admit(at: instant(100), under: description) == .zero)
        var admitted = 6
        for call in 11...10_000 as ClosedRange<Int64> {
            if state.admit(at: instant(call * 10), under: description) != nil { admitted += 1 }
        }
        // 100 s at 10 a second, and the burst.
        #expect(admitted == 1_005)
        #expect(state.isValid)
    }

    @Test(
        "Calls exactly at the rate of a token bucket are never refused",
        arguments: [
            3, 7, 10, 333, 1_000, 77_777, 1_000_000,
        ])
    func pacedTokens(rate: Int64) {
        let description = BucketDescription(kind: .token, rate: Double(rate), burst: 1)
        var state = BucketState()
        let refused = (0..<20_000 as Range<Int64>).count { call in
            let now = SimulatedInstant(nanoseconds: call * 1_000_000_000 / rate)
            return state.admit(at: now, under: description) == nil
        }
        #expect(refused == 0)
    }

    @Test("A leaky bucket spaces requests evenly and refuses beyond its queue")
    func leaky() {
        let description = BucketDescription(kind: .leaky, rate: 10, burst: 2)
        var state = BucketState()
        let waits = (0..<5).map { _ in state.admit(at: .start, under: description) }
        #expect(waits == [.zero, .milliseconds(100), .milliseconds(200), .milliseconds(300), nil])
        #expect(state.admit(at: instant(100), under: description) == .milliseconds(300))
        #expect(state.admit(at: instant(250), under: description) == .milliseconds(250))
        #expect(state.admit(at: instant(2_000), under: description) == .zero)
    }

    @Test("Utilisation approaches the share of busy cores with its time constant")
    func utilisation() {
        let memory = SimulatedDuration.seconds(2)
        var meter = UtilisationMeter()
        meter.note(busy: 1, of: 2, at: .start, memory: memory)
        let once = meter.utilisation(at: instant(2_000), memory: memory)
        #expect(abs(once - 0.5 * (1 - 0.367_879_441_171_442_3)) < 1e-15)
        // Told the same again at every millisecond, it says the same.
        for step in 1...2_000 as ClosedRange<Int64> {
            meter.note(busy: 1, of: 2, at: instant(step), memory: memory)
        }
        #expect(abs(meter.utilisation(at: instant(2_000), memory: memory) - once) < 1e-13)
        meter.note(busy: 0, of: 2, at: instant(2_000), memory: memory)
        let later = meter.utilisation(at: instant(4_000), memory: memory)
        #expect(abs(later - once * 0.367_879_441_171_442_3) < 1e-13)
        #expect(meter.isValid)
    }

    @Test("A queue that has been empty lately tolerates the interval, one that has not the target")
    func controlledDelay() {
        let target = SimulatedDuration.milliseconds(5)
        let interval = SimulatedDuration.milliseconds(100)
        var state = ControlledDelayState()
        state.noteEmpty(at: instant(1_000))
        func drops(_ waited: Int64, at milliseconds: Int64) -> Bool {
            state.drops(
                waited: .milliseconds(waited), at: instant(milliseconds), target: target,
                interval: interval)
        }
        #expect(!drops(100, at: 1_100))
        #expect(drops(101, at: 1_100))
        #expect(drops(6, at: 1_101))
        #expect(!drops(5, at: 1_101))
        state.noteEmpty(at: instant(1_200))
        #expect(!drops(6, at: 1_201))
    }
}
