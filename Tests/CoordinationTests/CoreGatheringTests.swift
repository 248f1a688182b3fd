import Coordination
import Testing

/// Where processes run is chosen by what an execution takes, on a clock made up here.
struct CoreGatheringTests {
    /// Runs for `seconds` with executions one after another that take what `cost` says.
    private func run(
        seconds: Int, cost: (CoreGathering.Mode, Duration) -> Duration
    ) -> (last: CoreGathering.Mode, gathered: Duration, changes: Int) {
        var gathering = CoreGathering()
        var now = Duration.zero
        var executions: UInt64 = 0
        var gathered = Duration.zero
        var changes = 0
        while now < .seconds(seconds) {
            let took = cost(gathering.mode, now)
            now += took
            executions += 1
            if gathering.mode == .gathered { gathered += took }
            if gathering.note(at: now, executions: executions) != nil { changes += 1 }
        }
        return (gathering.mode, gathered, changes)
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
        #expect(result.changes % 2 == (result.last == .spread ? 0 : 1))
    }

    @Test("long executions are not bound by latency: gathering is not even tried")
    func longExecutionsAreNeverGathered() {
        let result = run(seconds: 20) { _, _ in .milliseconds(3) }
        #expect(result.gathered == .zero)
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
