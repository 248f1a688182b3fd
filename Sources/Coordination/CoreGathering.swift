/// Chooses whether the processes of a run are spread over the cores or gathered on one.
///
/// Where workers wait for each other, a run's speed is the latency of one grant after another. On one
/// core, waking the next thread of the chain is a switch of context; on another it is an interrupt
/// to a core that sleeps, several times as long. Where workers execute side by side, one core is a
/// waste. Which holds depends on the model, the window and the machine, so it is tried: now and then
/// the wall time that an execution takes is measured both ways, and the better one is kept.
///
/// Times are inputs, and results do not depend on the choice.
package struct CoreGathering: Sendable {
    package enum Mode: Sendable, Equatable {
        case spread, gathered
    }

    package private(set) var mode = Mode.spread
    private var stage = Stage.keeping(until: .milliseconds(50))
    /// When the measurement under way began, and the executions until then.
    private var begin = (time: Duration.zero, executions: UInt64(0))
    /// How long the latest choice was kept.
    private var period = Self.shortestPeriod

    private enum Stage: Sendable {
        case keeping(until: Duration)
        case measuringPresent
        /// The present mode took `cost` an execution.
        case measuringOther(cost: Duration)
    }

    /// How long a measurement takes; within that there are 75 executions that are bound by latency.
    static let measurement = Duration.milliseconds(30)
    /// Executions that take longer than this are not bound by the latency of grants.
    static let latencyBound = Duration.microseconds(400)
    static let shortestPeriod = Duration.milliseconds(500)
    static let longestPeriod = Duration.seconds(4)

    package init() {}

    /// Learns how far the run has come.
    ///
    /// - Parameters:
    ///   - now: wall time since some fixed instant.
    ///   - executions: of workers so far.
    /// - Returns: the mode to change to, if any.
    package mutating func note(at now: Duration, executions: UInt64) -> Mode? {
        if case .keeping(let until) = stage {
            if now >= until { measure(.measuringPresent, from: now, executions) }
            return nil
        }
        let elapsed = now - begin.time
        guard elapsed >= Self.measurement else { return nil }
        let cost = elapsed / Double(max(executions - begin.executions, 1))
        switch stage {
        case .keeping: return nil
        case .measuringPresent:
            if cost >= Self.latencyBound {
                period = Self.shortestPeriod
                stage = .keeping(until: now + period)
                return mode == .gathered ? change() : nil
            }
            measure(.measuringOther(cost: cost), from: now, executions)
            return change()
        case .measuringOther(let presentCost):
            let isBetter = cost < presentCost * 0.95
            period = isBetter ? Self.shortestPeriod : min(period * 2, Self.longestPeriod)
            stage = .keeping(until: now + period)
            return isBetter ? nil : change()
        }
    }

    /// Notes that processes cannot be gathered here: it is not tried again.
    package mutating func giveUp() {
        mode = .spread
        stage = .keeping(until: .seconds(Int64.max / 2))
    }

    private mutating func measure(_ next: Stage, from now: Duration, _ executions: UInt64) {
        stage = next
        begin = (now, executions)
    }

    private mutating func change() -> Mode {
        mode = mode == .spread ? .gathered : .spread
        return mode
    }
}
