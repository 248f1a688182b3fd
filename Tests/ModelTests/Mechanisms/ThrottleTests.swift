import Kernel
import Model
import Testing

@Suite("Client-side throttling")
struct ThrottleTests {
    /// What a backend that accepts 50 calls a second sees of 500 a second, over what it accepts.
    private func sentPerAccepted(multiplier: Double) -> Double {
        let description = ThrottleDescription(multiplier: multiplier)
        let backend = BucketDescription(kind: .token, rate: 50, burst: 10)
        var state = ThrottleState()
        var bucket = BucketState()
        var numbers = RandomNumbers(seed: 5)
        var sent = 0.0
        var accepted = 0.0
        for call in 0..<300_000 as Range<Int64> {
            let now = SimulatedInstant.start + .milliseconds(2 * call)
            let draw = openUnitInterval(numbers.next())
            guard state.admits(at: now, draw: draw, under: description) else { continue }
            let isCounted = now.seconds > 300
            if isCounted { sent += 1 }
            if bucket.admit(at: now, under: backend) != nil {
                state.noteAccept(at: now, under: description)
                if isCounted { accepted += 1 }
            }
        }
        #expect(state.isValid)
        #expect(abs(accepted / 15_000 - 1) < 0.02, "\(accepted) accepted")
        return sent / accepted
    }

    @Test("With a multiplier of 2 the backend sees about twice what it accepts")
    func two() {
        #expect(abs(sentPerAccepted(multiplier: 2) - 2) < 0.1)
    }

    @Test("With a multiplier of 1.1 the backend refuses about one call for ten that it accepts")
    func nearOne() {
        #expect(abs(sentPerAccepted(multiplier: 1.1) - 1.1) < 0.03)
    }

    @Test("Nothing is refused while the backend accepts at least one call in two")
    func healthy() {
        let description = ThrottleDescription()
        var state = ThrottleState()
        for call in 0..<1_000 as Range<Int64> {
            let now = SimulatedInstant.start + .milliseconds(call)
            #expect(state.admits(at: now, draw: 1e-9, under: description) == true)
            if call % 2 == 0 { state.noteAccept(at: now, under: description) }
        }
    }

    @Test("The probability is (requests - K accepts) / (requests + 1)")
    func formula() {
        let description = ThrottleDescription()
        var state = ThrottleState()
        for _ in 0..<99 { _ = state.admits(at: .start, draw: 0.5, under: description) }
        for _ in 0..<10 { state.noteAccept(at: .start, under: description) }
        #expect(state.refusalProbability(at: .start, under: description) == 0.79)
        let later = SimulatedInstant.start + .seconds(120)
        #expect(state.refusalProbability(at: later, under: description) == 0)
    }
}
