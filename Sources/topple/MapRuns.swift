import ControlPlane
import Coordination
import Kernel
import Model
import Results
import Synchronization
import Topology

/// Runs a model in this process to its end, unless the pool is stopped.
///
/// - Returns: `nil` when it was stopped.
/// - Throws: ``UserError`` when a law is broken.
func runToEnd(
    _ model: ModelDescription, _ scaling: ScalingPlan?, _ settings: RunSettings, in pool: RunPool
) throws -> RunOutcome? {
    var run = SequentialRun<ServiceProcess>(
        model, settings: settings,
        control: scaling.map { ControlPlane($0, seed: settings.seed) })
    while !run.isFinished {
        if pool.isStopped { return nil }
        run.run(before: run.now.advanced(saturatingBy: .milliseconds(500)))
    }
    let outcome = run.outcome()
    if let broken = outcome.violations.first {
        let place = broken.service.map { model.services[$0].name } ?? "system"
        throw UserError(text: "law broken: \(place): \(broken.law)", code: .failed)
    }
    return outcome
}

extension LoadMapPlan {
    /// Runs everything, one run a core at a time, in this process.
    ///
    /// - Parameter isQuiet: whether no progress is shown.
    /// - Returns: what became of each cell of the plan.
    /// - Throws: ``UserError`` when it is interrupted, or a run breaks a law.
    func execute(isQuiet: Bool) throws -> [Recovery] {
        try refuseExternal(scaling)
        let results = Mutex([Recovery?](repeating: nil, count: cells.count))
        let pool = RunPool(count: cells.count)
        try pool.execute(isQuiet: isQuiet, interrupted: "interrupted: nothing was written") {
            index in
            let cell = cells[index]
            let model = model(cell)
            guard let outcome = try runToEnd(model, scaling, settings(cell), in: pool) else {
                return
            }
            let recovery = recovery(cell, outcome, model)
            results.withLock { $0[index] = recovery }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}
