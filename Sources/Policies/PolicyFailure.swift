import Kernel

/// Why a run with a policy in another process cannot go on: who, when, what, and what to do.
package struct PolicyFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    package var remedy: String

    package init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }

    /// The message, then the remedy on a line of its own.
    package var description: String { "\(message)\n  fix: \(remedy)" }
}

/// An instant for people: seconds, without a fraction that is zero.
func shown(_ instant: SimulatedInstant) -> String {
    let seconds = instant.seconds
    return seconds == seconds.rounded() ? "\(Int64(seconds)) s" : "\(seconds) s"
}
