import ArgumentParser
import Foundation
import Processes
import Synchronization

/// Numbered jobs, one a core at a time, in this process.
///
/// Jobs are begun in order; each may end whenever it likes. The first that throws stops all.
final class RunPool: Sendable {
    private struct State {
        var next = 0
        var done = 0
        var active = 0
        var isStopped = false
        var failure: (any Error)?
    }

    private let count: Int
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    init(count: Int) { self.count = count }

    /// Whether jobs shall end early.
    var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Does every job.
    ///
    /// - Parameters:
    ///   - isQuiet: whether no progress is shown.
    ///   - interrupted: what to say when a signal stops it.
    ///   - job: called on several threads; what it has not finished when ``isStopped`` counts for nothing.
    /// - Throws: what the first job threw that failed, or ``UserError`` after a signal.
    func execute(
        isQuiet: Bool, interrupted: String, job: @escaping @Sendable (Int) throws -> Void
    ) throws {
        let signals = try SignalLatch()
        start(job)
        var interruption: SignalLatch.Request?
        let showsProgress = !isQuiet && Terminal.errorIsTerminal
        while state.withLock({ $0.active }) > 0 {
            _ = wakeUp.wait(timeout: .now() + .milliseconds(100))
            if let request = signals.take().first {
                interruption = request
                state.withLock { $0.isStopped = true }
            }
            if showsProgress {
                let done = state.withLock { $0.done }
                Terminal.writeRaw("\r\u{1B}[2Krun \(done) of \(count)")
            }
        }
        if showsProgress { Terminal.writeRaw("\r\u{1B}[2K") }
        if let interruption {
            throw UserError(text: interrupted, code: ExitCode(interruption.exitStatus))
        }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    private func start(_ job: @escaping @Sendable (Int) throws -> Void) {
        let threads = min(ProcessInfo.processInfo.activeProcessorCount, count)
        state.withLock { $0.active = threads }
        for _ in 0..<threads {
            let thread = Thread { [self] in
                work(job)
                state.withLock { $0.active -= 1 }
                wakeUp.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Takes one job after another until none is left.
    private func work(_ job: (Int) throws -> Void) {
        while let index = take() {
            do {
                try job(index)
                state.withLock { $0.done += 1 }
            } catch {
                state.withLock { state in
                    if state.failure == nil { state.failure = error }
                    state.isStopped = true
                }
            }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard !state.isStopped, state.next < count else { return nil }
            state.next += 1
            return state.next - 1
        }
    }
}
