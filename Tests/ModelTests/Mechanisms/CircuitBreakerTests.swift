import Kernel
import Model
import Testing

@Suite("Circuit breakers")
struct CircuitBreakerTests {
    private let threeInRow = CircuitBreakerDescription(
        trip: .consecutive(3), openFor: .seconds(1), probes: 2)

    private func instant(_ milliseconds: Int64) -> SimulatedInstant {
        .start + .milliseconds(milliseconds)
    }

    private func tripped(_ description: CircuitBreakerDescription) -> CircuitBreakerState {
        var state = CircuitBreakerState()
        for _ in 0..<3 { state.note(success: false, at: .start, epoch: 0, under: description) }
        return state
    }

    @Test("Failures in a row open it, a success between them does not let them")
    func opening() {
        var state = CircuitBreakerState()
        for success in [false, false, true, false, false] {
            #expect(state.admit(at: .start, under: threeInRow) == true)
            state.note(success: success, at: .start, epoch: state.epoch, under: threeInRow)
        }
        #expect(state.phase == .closed)
        state.note(success: false, at: .start, epoch: state.epoch, under: threeInRow)
        #expect(state.phase == .open)
        #expect(state.trips == 1)
        #expect(state.admit(at: instant(999), under: threeInRow) == false)
        #expect(state.isValid)
    }

    @Test("After its time probes go through, and when all succeed it closes")
    func closing() {
        var state = tripped(threeInRow)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
        #expect(state.phase == .halfOpen)
        let epoch = state.epoch
        #expect(state.admit(at: instant(1_001), under: threeInRow) == true)
        #expect(state.admit(at: instant(1_002), under: threeInRow) == false)
        state.note(success: true, at: instant(1_003), epoch: epoch, under: threeInRow)
        #expect(state.phase == .halfOpen)
        #expect(state.admit(at: instant(1_004), under: threeInRow) == false)
        state.note(success: true, at: instant(1_005), epoch: epoch, under: threeInRow)
        #expect(state.phase == .closed)
        #expect(state.admit(at: instant(1_006), under: threeInRow) == true)
        #expect(state.trips == 1)
    }

    @Test("One probe that fails opens it for as long again")
    func reopening() {
        var state = tripped(threeInRow)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
        state.note(success: false, at: instant(1_500), epoch: state.epoch, under: threeInRow)
        #expect(state.phase == .open)
        #expect(state.trips == 2)
        #expect(state.admit(at: instant(2_499), under: threeInRow) == false)
        #expect(state.admit(at: instant(2_500), under: threeInRow) == true)
    }

    @Test("Answers to calls from before a trip count neither as probes nor as failures")
    func lateAnswers() {
        var state = tripped(threeInRow)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
        let before = state
        state.note(success: true, at: instant(1_001), epoch: 0, under: threeInRow)
        state.note(success: false, at: instant(1_002), epoch: 0, under: threeInRow)
        #expect(state.phase == .halfOpen)
        #expect(state.epoch == before.epoch)
        #expect(state.trips == 1)
    }

    @Test("A probe that is abandoned gives its place back")
    func abandonedProbe() {
        var state = tripped(threeInRow)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == false)
        state.noteAbandoned(epoch: state.epoch)
        #expect(state.admit(at: instant(1_000), under: threeInRow) == true)
    }

    @Test("By rate it opens at the share of failures once there are enough calls")
    func rate() {
        let description = CircuitBreakerDescription(
            trip: .rate(0.5, window: .seconds(10), minimum: 20), openFor: .seconds(1))
        var state = CircuitBreakerState()
        for call in 0..<19 {
            state.note(
                success: call % 2 == 0, at: instant(Int64(call)), epoch: 0, under: description)
            #expect(state.phase == .closed)
        }
        state.note(success: false, at: instant(19), epoch: 0, under: description)
        #expect(state.phase == .open)
    }

    @Test("By rate it forgets what is older than its window")
    func slidingWindow() {
        let description = CircuitBreakerDescription(
            trip: .rate(0.5, window: .seconds(10), minimum: 20), openFor: .seconds(1))
        var state = CircuitBreakerState()
        for _ in 0..<19 { state.note(success: false, at: .start, epoch: 0, under: description) }
        state.note(success: true, at: instant(10_000), epoch: 0, under: description)
        #expect(state.phase == .closed)
        for _ in 0..<18 {
            state.note(success: true, at: instant(10_001), epoch: 0, under: description)
        }
        state.note(success: false, at: instant(10_002), epoch: 0, under: description)
        #expect(state.phase == .closed)
    }
}
