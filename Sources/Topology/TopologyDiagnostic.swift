/// One thing that is wrong with a topology file: where, what, and what to do about it.
package struct TopologyDiagnostic: Hashable, Sendable {
    /// The file as the user named it; for a companion file its path as written in the topology.
    package var file: String
    /// From 1; 0 when the whole file is meant.
    package var line: Int
    /// From 1, counted in Unicode scalars; 0 when the whole line or file is meant.
    package var column: Int
    /// The field, such as `services.a.endpoints.home[1].call.timeout`; empty when there is none.
    package var path: String
    package var message: String
    /// What the user can do.
    package var remedy: String

    package init(
        file: String, line: Int = 0, column: Int = 0, path: String = "", message: String,
        remedy: String
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.remedy = remedy
    }
}

extension TopologyDiagnostic: CustomStringConvertible {
    /// `file:line:column: error: path: message`, then the remedy on a line of its own.
    package var description: String {
        var text = file
        if line > 0 {
            text += ":\(line)"
            if column > 0 { text += ":\(column)" }
        }
        text += ": error: "
        if !path.isEmpty { text += "\(path): " }
        return text + "\(message)\n  fix: \(remedy)"
    }
}

/// Everything that is wrong with one topology file, in the order of the file.
package struct TopologyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// How many diagnostics a description shows; the rest are counted.
    package static let shownAtMost = 100

    /// At least one, at most ``DiagnosticLog/keptAtMost``.
    package let diagnostics: [TopologyDiagnostic]
    /// All that were found, also those that were not kept.
    package let count: Int

    package init(_ diagnostics: [TopologyDiagnostic], count: Int? = nil) {
        self.diagnostics = diagnostics
        self.count = count ?? diagnostics.count
    }

    package var description: String {
        var lines = diagnostics.prefix(Self.shownAtMost).map(\.description)
        if count > Self.shownAtMost {
            lines.append("... and \(count - Self.shownAtMost) more errors")
        }
        return lines.joined(separator: "\n")
    }
}

/// Collects the diagnostics of one file while it is decoded.
final class DiagnosticLog {
    /// A file with more errors than this is not read by anyone; the rest are only counted.
    static let keptAtMost = 1_000

    let file: String
    private(set) var count = 0
    private var kept: [TopologyDiagnostic] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { count == 0 }

    func add(_ diagnostic: TopologyDiagnostic) {
        count += 1
        if kept.count < Self.keptAtMost { kept.append(diagnostic) }
    }

    func add(line: Int, column: Int, path: String = "", message: String, remedy: String) {
        add(
            TopologyDiagnostic(
                file: file, line: line, column: column, path: path, message: message,
                remedy: remedy))
    }

    /// The error to throw: what was kept, by position, companion files last; of two at one position the
    /// first found first.
    var error: TopologyError {
        func key(_ diagnostic: TopologyDiagnostic) -> (Int, String) {
            diagnostic.file == file ? (0, "") : (1, diagnostic.file)
        }
        let ordered = kept.enumerated().sorted { left, right in
            let (first, second) = (key(left.element), key(right.element))
            guard first == second else { return first < second }
            return (left.element.line, left.element.column, left.offset)
                < (right.element.line, right.element.column, right.offset)
        }
        return TopologyError(ordered.map(\.element), count: count)
    }
}
