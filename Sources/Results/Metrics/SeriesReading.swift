import Kernel

/// A table of a run over time as it is stored: `series.csv` or `edges.csv`.
struct StoredSeries {
    /// One service, or one edge.
    struct Subject: Hashable {
        /// A value for each label.
        var labels: [String]
    }

    let path: String
    let columns: [String]
    /// In the order in which they first appear.
    let subjects: [Subject]
    /// By subject: its rows, ascending by instant.
    let rows: [[Row]]

    struct Row {
        var instant: SimulatedInstant
        /// By column, as they are written; empty where there is nothing to tell.
        var values: [Substring]
    }

    /// Reads a table whose columns are the time, then `labels`, then numbers.
    ///
    /// - Throws: ``ResultError`` with the line that is wrong. O(text).
    init(path: String, labels: [String]) throws(ResultError) {
        self.path = path
        let text = String(decoding: try FileAccess.contents(of: path), as: UTF8.self)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: true)[...]
        let header = lines.popFirst()?.split(separator: ",").map(String.init) ?? []
        guard header.starts(with: ["time_s"] + labels) else {
            throw ResultError(
                path: path, line: 1, message: "is not a table of a run over time",
                remedy: "run the simulation again with this version of Topple")
        }
        columns = Array(header.dropFirst(1 + labels.count))
        var numbers: [Subject: Int] = [:]
        var subjects: [Subject] = []
        var rows: [[Row]] = []
        for (number, line) in lines.enumerated() {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            // Names of users' streams may hold commas: whatever is too much belongs to the first label.
            let surplus = fields.count - header.count
            guard surplus >= 0, let instant = instant(ofSeconds: fields[0]) else {
                throw Self.damaged(path, line: number + 2)
            }
            var names = fields[1...(labels.count + surplus)].map(String.init)
            if surplus > 0 {
                names =
                    [names.prefix(surplus + 1).joined(separator: ",")]
                    + names.dropFirst(surplus + 1)
            }
            let values = Array(fields.dropFirst(1 + labels.count + surplus))
            let subject = Subject(labels: names)
            let place = numbers[subject] ?? subjects.count
            if place == subjects.count {
                numbers[subject] = place
                subjects.append(subject)
                rows.append([])
            }
            if let last = rows[place].last, last.instant >= instant {
                throw Self.damaged(path, line: number + 2)
            }
            guard values.allSatisfy({ $0.isEmpty || Double($0)?.isFinite == true }) else {
                throw Self.damaged(path, line: number + 2)
            }
            rows[place].append(Row(instant: instant, values: values))
        }
        self.subjects = subjects
        self.rows = rows
    }

    private static func damaged(_ path: String, line: Int) -> ResultError {
        ResultError(
            path: path, line: line, message: "is damaged here",
            remedy: "run the simulation again")
    }
}
