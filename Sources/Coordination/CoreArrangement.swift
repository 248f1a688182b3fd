/// Chooses on which cores the processes of a run are.
///
/// Where workers wait for each other, a run's speed is the latency of one grant after another. On one
/// core, waking the next thread of the chain is a switch of context; on another it is an interrupt
/// to a core that sleeps, several times as long. Where workers execute side by side, one core is a
/// waste; then it helps if each stays where it is. Which holds depends on the model, the window and
/// the machine, so it is tried: now and then the wall time that an execution takes is measured each
/// way, and the best is kept.
///
/// Times are inputs, and results do not depend on the choice.
package struct CoreArrangement: Sendable {
    package enum Mode: Sendable, Equatable, CaseIterable {
        /// The system decides, and the coordinator looks for replies without sleeping.
        case spread
        /// Everything on one core.
        case gathered
        /// Each process, all its threads together, on a core of its own or one that it shares.
        case pinned
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
        /// The mode tried is the present one; it is compared with the best so far.
        case trying(Trial)
    }

    private struct Trial: Sendable {
        let home: Mode
        var best: Mode
        /// What an execution took in the best mode.
        var bestCost: Duration
        var untried: [Mode]
    }

    /// A measurement takes at least this long,
    static let shortestMeasurement = Duration.milliseconds(30)
    /// and then until there are so many executions,
    static let measuredExecutions: UInt64 = 800
    /// or until this has passed.
    static let longestMeasurement = Duration.milliseconds(120)
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
        let count = executions - begin.executions
        guard
            elapsed >= Self.shortestMeasurement && count >= Self.measuredExecutions
                || elapsed >= Self.longestMeasurement
        else { return nil }
        let cost = elapsed / Double(max(count, 1))
        switch stage {
        case .keeping: return nil
        case .measuringPresent:
            if cost >= Self.latencyBound {
                keep(Self.shortestPeriod, from: now)
                return change(to: .spread)
            }
            return tryNext(
                Trial(
                    home: mode, best: mode, bestCost: cost,
                    untried: Mode.allCases.filter { $0 != mode }),
                from: now, executions)
        case .trying(var trial):
            // What is not clearly better than home is not worth the move.
            let rival = trial.best == trial.home ? trial.bestCost * Self.gain : trial.bestCost
            if cost < rival {
                trial.best = mode
                trial.bestCost = cost
            }
            return tryNext(trial, from: now, executions)
        }
    }

    private static let gain = 0.95

    /// Notes that processes cannot be confined to cores here: it is not tried again.
    package mutating func giveUp() {
        mode = .spread
        stage = .keeping(until: .seconds(Int64.max / 2))
    }

    private mutating func tryNext(
        _ trial: Trial, from now: Duration, _ executions: UInt64
    ) -> Mode? {
        var trial = trial
        if let next = trial.untried.popLast() {
            measure(.trying(trial), from: now, executions)
            return change(to: next)
        }
        let isNew = trial.best != trial.home
        keep(isNew ? Self.shortestPeriod : min(period * 2, Self.longestPeriod), from: now)
        return change(to: trial.best)
    }

    private mutating func measure(_ next: Stage, from now: Duration, _ executions: UInt64) {
        stage = next
        begin = (now, executions)
    }

    private mutating func keep(_ length: Duration, from now: Duration) {
        period = length
        stage = .keeping(until: now + length)
    }

    private mutating func change(to other: Mode) -> Mode? {
        defer { mode = other }
        return other == mode ? nil : other
    }
}
