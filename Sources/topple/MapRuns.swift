import ArgumentParser
import ControlPlane
import Coordination
import Execution
import Foundation
import Kernel
import Model
import Processes
import Results
import Synchronization

/// The runs of a map, one a core at a time, in this process.
final class MapRuns: Sendable {
    private struct Progress {
        var next = 0
        var done = 0
        var active = 0
        var isStopped = false
        var recoveries: [Recovery?]
        var violation: String?
    }

    private let plan: LoadMapPlan
    private let progress: Mutex<Progress>
    private let wakeUp = DispatchSemaphore(value: 0)

    init(_ plan: LoadMapPlan) {
        self.plan = plan
        progress = Mutex(Progress(recoveries: Array(repeating: nil, count: plan.cells.count)))
    }

    /// Runs everything.
    ///
    /// - Parameter isQuiet: whether no progress is shown.
    /// - Returns: what became of each cell of the plan.
    /// - Throws: ``UserError`` when it is interrupted, or a run breaks a law.
    func execute(isQuiet: Bool) throws -> [Recovery] {
        let signals = try SignalLatch()
        let count = min(ProcessInfo.processInfo.activeProcessorCount, plan.cells.count)
        progress.withLock { $0.active = count }
        for _ in 0..<count {
            let thread = Thread { [self] in
                work()
                progress.withLock { $0.active -= 1 }
                wakeUp.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        var interruption: SignalLatch.Request?
        let showsProgress = !isQuiet && Terminal.errorIsTerminal
        while progress.withLock({ $0.active }) > 0 {
            _ = wakeUp.wait(timeout: .now() + .milliseconds(100))
            if let request = signals.take().first {
                interruption = request
                progress.withLock { $0.isStopped = true }
            }
            if showsProgress {
                let done = progress.withLock { $0.done }
                Terminal.writeRaw("\r\u{1B}[2Krun \(done) of \(plan.cells.count)")
            }
        }
        if showsProgress { Terminal.writeRaw("\r\u{1B}[2K") }
        if let interruption {
            throw UserError(
                text: "interrupted: nothing was written", code: ExitCode(interruption.exitStatus))
        }
        let (recoveries, violation) = progress.withLock { ($0.recoveries, $0.violation) }
        if let violation { throw UserError(text: "law broken: \(violation)", code: .failed) }
        return recoveries.compactMap { $0 }
    }

    /// Takes one cell after another until none is left.
    private func work() {
        while let index = progress.withLock({ progress -> Int? in
            guard !progress.isStopped, progress.next < plan.cells.count else { return nil }
            progress.next += 1
            return progress.next - 1
        }) {
            let cell = plan.cells[index]
            let model = plan.model(cell)
            guard let outcome = run(model, plan.settings(cell)) else { return }
            let recovery = plan.recovery(cell, outcome, model)
            progress.withLock { progress in
                progress.recoveries[index] = recovery
                progress.done += 1
                if let broken = outcome.violations.first {
                    let place = broken.service.map { model.services[$0].name } ?? "system"
                    progress.violation = "\(place): \(broken.law)"
                    progress.isStopped = true
                }
            }
        }
    }

    /// - Returns: `nil` when it was stopped.
    private func run(_ model: ModelDescription, _ settings: RunSettings) -> RunOutcome? {
        var run = SequentialRun<ServiceProcess>(
            model, settings: settings,
            control: plan.scaling.map { ControlPlane($0, seed: settings.seed) })
        while !run.isFinished {
            if progress.withLock({ $0.isStopped }) { return nil }
            run.run(before: run.now.advanced(saturatingBy: .milliseconds(500)))
        }
        return run.outcome()
    }
}
