package import Coordination
package import Kernel
package import Model

/// By service: the digest of all its events before each checkpoint. What `digests.csv` holds.
package struct DigestTable: Hashable, Sendable {
    package struct Row: Hashable, Sendable {
        package var instant: SimulatedInstant
        /// Of all events of the service before `instant`.
        package var digest: StreamDigest
    }
    package struct Service: Hashable, Sendable {
        package var name: String
        /// Ascending; the last is the end of the run.
        package var rows: [Row]
    }
    package var services: [Service]

    static let header = "service,checkpoint_s,digest"

    /// Fills in the checkpoints before which a service did nothing. O(services · checkpoints).
    ///
    /// A process notes a checkpoint when the first event after it happens, and only the last one that
    /// it passed; so a checkpoint without a note has the digest of the next noted one.
    package init(
        model: ModelDescription, outcome: RunOutcome, interval: SimulatedDuration
    ) {
        services = zip(model.services, outcome.processes).map { service, report in
            var rows: [Row] = []
            var next = 0
            var number: Int64 = 1
            while interval > .zero, number * interval.nanoseconds < outcome.end.nanoseconds {
                while next < report.checkpoints.count, report.checkpoints[next].number < number {
                    next += 1
                }
                let digest =
                    next < report.checkpoints.count
                    ? StreamDigest(state: report.checkpoints[next].digest) : report.digest
                rows.append(Row(instant: .start + interval * number, digest: digest))
                number += 1
            }
            rows.append(Row(instant: outcome.end, digest: report.digest))
            return Service(name: service.name, rows: rows)
        }
    }
}

// MARK: - Text

extension DigestTable {
    /// The text of `digests.csv`: by service, then by checkpoint.
    package var csv: String {
        var text = Self.header + "\n"
        for service in services {
            for row in service.rows {
                text += "\(service.name),\(exactSeconds(row.instant)),\(row.digest)\n"
            }
        }
        return text
    }

    /// Reads what ``csv`` writes; `path` is for errors.
    package init(csv: String, path: String = "digests.csv") throws(ResultError) {
        services = []
        var number = 0
        for line in csv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            if line.isEmpty { continue }
            if number == 1 {
                guard line == Self.header else { throw Self.damage(path, 1, "wrong header") }
                continue
            }
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 3, let instant = instant(ofSeconds: cells[1]),
                let digest = StreamDigest(String(cells[2]))
            else { throw Self.damage(path, number, "not a service, an instant and a digest") }
            if services.last.map({ $0.name == cells[0] }) != true {
                services.append(Service(name: String(cells[0]), rows: []))
            }
            if let last = services[services.count - 1].rows.last, last.instant >= instant {
                throw Self.damage(path, number, "checkpoints must ascend")
            }
            services[services.count - 1].rows.append(Row(instant: instant, digest: digest))
        }
    }

    private static func damage(_ path: String, _ line: Int, _ message: String) -> ResultError {
        ResultError(
            path: path, line: line, message: "is not a table of digests: \(message)",
            remedy: "run the simulation again, or name another run")
    }
}

/// An instant in seconds without rounding: `12`, `0.5`, `3.000000001`.
func exactSeconds(_ instant: SimulatedInstant) -> String {
    let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    if rest == 0 { return String(seconds) }
    var digits = String(rest.magnitude)
    digits = String(repeating: "0", count: 9 - digits.count) + digits
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(instant.nanoseconds < 0 && seconds == 0 ? "-" : "")\(seconds).\(digits)"
}

/// Reads what ``exactSeconds(_:)`` writes of an instant from the start on; `nil` for anything else.
func instant(ofSeconds text: Substring) -> SimulatedInstant? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }),
        parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
        let whole = Int64(parts[0])
    else { return nil }
    let digits = parts.count == 2 ? parts[1] : ""
    guard digits.utf8.count <= 9,
        let part = Int64(digits + String(repeating: "0", count: 9 - digits.utf8.count))
    else { return nil }
    let (scaled, tooLarge) = whole.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, alsoTooLarge) = scaled.addingReportingOverflow(part)
    return tooLarge || alsoTooLarge ? nil : SimulatedInstant(nanoseconds: sum)
}
