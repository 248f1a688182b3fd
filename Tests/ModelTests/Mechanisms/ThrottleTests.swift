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
            let isAccepted = bucket.admit(at: now, under: backend) != nil
            state.noteEnd(isAccepted: isAccepted, at: now, under: description)
            if isAccepted, isCounted { accepted += 1 }
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
            state.noteEnd(isAccepted: call % 2 == 0, at: now, under: description)
        }
    }

    @Test("Calls that are under way, or have been given up, open no gap")
    func unknownEnds() {
        var state = ThrottleState()
        for _ in 0..<1_000 {
            let isAdmitted = state.admits(at: .start, draw: 0, under: ThrottleDescription())
            #expect(isAdmitted)
        }
    }

    @Test("The probability is (requests - K accepts) / (requests + 1)")
    func formula() {
        let description = ThrottleDescription()
        var state = ThrottleState()
        for call in 0..<50 {
            state.noteEnd(isAccepted: call < 10, at: .start, under: description)
        }
        // Those that the caller refuses itself are requests, too.
        for _ in 0..<49 {
            let isAdmitted = state.admits(at: .start, draw: 0, under: description)
            #expect(!isAdmitted)
        }
        #expect(state.refusalProbability(at: .start, under: description) == 0.79)
        let later = SimulatedInstant.start + .seconds(120)
        #expect(state.refusalProbability(at: later, under: description) == 0)
    }
}
