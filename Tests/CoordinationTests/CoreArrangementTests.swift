import Coordination
import Testing

/// Where processes run is chosen by what an execution takes, on a clock made up here.
struct CoreArrangementTests {
    /// Runs for `seconds` with executions one after another that take what `cost` says.
    private func run(
        seconds: Int, cost: (CoreArrangement.Mode, Duration) -> Duration
    ) -> (last: CoreArrangement.Mode, times: [CoreArrangement.Mode: Duration], changes: Int) {
        var arrangement = CoreArrangement()
        var now = Duration.zero
        var executions: UInt64 = 0
        var times: [CoreArrangement.Mode: Duration] = [:]
        var changes = 0
        while now < .seconds(seconds) {
            let took = cost(arrangement.mode, now)
            now += took
            executions += 1
            times[arrangement.mode, default: .zero] += took
            if arrangement.note(at: now, executions: executions) != nil { changes += 1 }
        }
        return (arrangement.mode, times, changes)
    }

    @Test(
        "whichever way makes executions shortest is kept, but for short trials of the others",
        arguments: CoreArrangement.Mode.allCases)
    func keepsTheBest(best: CoreArrangement.Mode) {
        let result = run(seconds: 20) { mode, _ in .microseconds(mode == best ? 80 : 140) }
        #expect(result.times[best, default: .zero] > .seconds(18))
        #expect(result.times.count == 3)
        // Tried after 0.1 s, then ever more seldom, every 4 s in the end: to both others and back.
        #expect((15...30).contains(result.changes), "\(result.changes)")
    }

    @Test("what is hardly better is not worth a move")
    func smallGainsAreLeft() {
        let result = run(seconds: 20) { mode, _ in .microseconds(mode == .spread ? 82 : 80) }
        #expect(result.times[.spread, default: .zero] > .seconds(18))
    }

    @Test("long executions are not bound by latency: nothing is tried")
    func longExecutionsAreLeft() {
        let result = run(seconds: 20) { _, _ in .milliseconds(3) }
        #expect(result.changes == 0)
    }

    @Test("where processes cannot be confined it is not tried again")
    func givesUp() {
        var arrangement = CoreArrangement()
        var executions: UInt64 = 0
        var changes = 0
        for step in 0..<100_000 {
            executions += 1
            if arrangement.note(at: .microseconds(100 * step), executions: executions) != nil {
                changes += 1
                arrangement.giveUp()
            }
            #expect(arrangement.mode == .spread)
        }
        #expect(changes == 1)
    }

    @Test("a run that changes its nature is arranged anew within seconds")
    func changesWithTheRun() {
        let result = run(seconds: 30) { mode, now in
            let best: CoreArrangement.Mode =
                now < .seconds(10) ? .gathered : now < .seconds(20) ? .pinned : .spread
            return .microseconds(mode == best ? 80 : 140)
        }
        #expect(result.times[.gathered, default: .zero] > .seconds(9))
        #expect(result.times[.pinned, default: .zero] > .seconds(5))
        #expect(result.last == .spread)
    }
}
