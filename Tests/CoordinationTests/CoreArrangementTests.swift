import Coordination
import Testing

/// Where processes run is chosen by what an execution takes, on a clock made up here.
struct CoreArrangementTests {
    /// Runs for `seconds` with executions one after another that take what `cost` says.
    private func run(
        seconds: Int, cost: (CoreArrangement.Mode, Duration) -> Duration
    ) -> (last: CoreArrangement.Mode, gathered: Duration, changes: Int) {
        var arrangement = CoreArrangement()
        var now = Duration.zero
        var executions: UInt64 = 0
        var gathered = Duration.zero
        var changes = 0
        while now < .seconds(seconds) {
            let took = cost(arrangement.mode, now)
            now += took
            executions += 1
            if arrangement.mode == .gathered { gathered += took }
            if arrangement.note(at: now, executions: executions) != nil { changes += 1 }
        }
        return (arrangement.mode, gathered, changes)
    }

    @Test("processes gather where that makes executions shorter")
    func gathersWhereThatIsFaster() {
        let result = run(seconds: 20) { mode, _ in .microseconds(mode == .gathered ? 80 : 140) }
        #expect(result.gathered > .seconds(19))
    }

    @Test("processes stay spread where one core is a waste, but for short trials")
    func staysSpreadWhereGatheringIsSlower() {
        let result = run(seconds: 20) { mode, _ in .microseconds(mode == .gathered ? 200 : 110) }
        #expect(result.gathered > .zero)
        #expect(result.gathered < .milliseconds(500))
        // Tried after 0.08 s, then ever more seldom, every 4 s in the end: there and back.
        #expect((12...20).contains(result.changes))
    }

    @Test("long executions are not bound by latency: arrangement is not even tried")
    func longExecutionsAreNeverGathered() {
        let result = run(seconds: 20) { _, _ in .milliseconds(3) }
        #expect(result.gathered == .zero)
    }

    @Test("where processes cannot be gathered it is not tried again")
    func givesUp() {
        var arrangement = CoreArrangement()
        var executions: UInt64 = 0
        for step in 0..<100_000 {
            executions += 1
            if arrangement.note(at: .microseconds(100 * step), executions: executions) == .gathered {
                arrangement.giveUp()
            }
            #expect(arrangement.mode == .spread)
        }
    }

    @Test("a run that changes its nature is spread again within seconds")
    func changesWithTheRun() {
        let result = run(seconds: 30) { mode, now in
            if now < .seconds(10) { return .microseconds(mode == .gathered ? 80 : 140) }
            return .microseconds(mode == .gathered ? 200 : 110)
        }
        #expect(result.gathered > .seconds(9))
        #expect(result.gathered < .seconds(15))
        #expect(result.last == .spread)
    }
}
