import ArgumentParser
import Foundation
import Kernel
import Processes

/// Whether progress is shown.
enum ProgressArgument: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// Shows how a run comes along: one line that is redrawn on a terminal, a plain line now and then
/// elsewhere. Writes to standard error.
final class ProgressReporter {
    private enum Style {
        case redrawn, plain, none
    }

    private let style: Style
    private let clock = ContinuousClock()
    private var lastShown: ContinuousClock.Instant?
    private var hasLine = false

    init(_ choice: ProgressArgument, isQuiet: Bool) {
        switch choice {
        case .never: style = .none
        case .always: style = Terminal.errorIsTerminal ? .redrawn : .plain
        case .auto:
            if isQuiet {
                style = .none
            } else {
                style = Terminal.errorIsTerminal ? .redrawn : .plain
            }
        }
    }

    func show(_ progress: RunProgress) {
        let now = clock.now
        let interval: Duration = style == .redrawn ? .milliseconds(150) : .seconds(5)
        if style == .none { return }
        guard let lastShown else {
            // Runs that end at once need no progress.
            self.lastShown = style == .redrawn ? now - interval : now
            return
        }
        guard now - lastShown >= interval else { return }
        self.lastShown = now
        let text = Self.text(of: progress)
        if style == .plain {
            writeError(text)
        } else {
            Terminal.writeRaw("\r\u{1B}[2K" + text.prefix(max(Terminal.width - 1, 20)))
            hasLine = true
        }
    }

    /// Takes the line away.
    func finish() {
        if hasLine { Terminal.writeRaw("\r\u{1B}[2K") }
        hasLine = false
    }

    static func text(of progress: RunProgress) -> String {
        if progress.workersReady < progress.workers {
            return "starting workers: \(Format.count(progress.workersReady)) of "
                + Format.count(progress.workers)
        }
        let simulated = progress.simulated.seconds
        let end = progress.end.seconds
        let wall = Format.seconds(progress.wall)
        var parts = [
            "\(Format.clock(simulated)) of \(Format.clock(end)) "
                + String(format: "(%.0f%%)", end > 0 ? simulated / end * 100 : 100)
        ]
        if wall > 0, simulated > 0 {
            parts.append("\(Format.speed(simulated / wall)) real time")
            parts.append("\(Format.short(Double(progress.events) / wall)) events/s")
        }
        if progress.workers > 0 { parts.append("\(Format.count(progress.workers)) workers") }
        if simulated > 0, wall > 0 {
            parts.append("\(Format.clock((end - simulated) / simulated * wall + 0.5)) left")
        }
        return parts.joined(separator: "  ")
    }
}
