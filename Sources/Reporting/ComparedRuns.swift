package import Foundation
package import Results

/// Runs side by side: their figures, and how much each differs from the first.
package struct ComparedRuns: Sendable, Encodable {
    package struct Run: Sendable, Encodable {
        /// The folder as the user named it.
        package var folder: String
        package var name: String
        package var seed: UInt64
        package var topologyHash: String
        package var simulatedSeconds: Double
        package var scaling: String?
        package var figures: RunFigures
    }

    /// One figure of all runs, in their order.
    package struct Row: Sendable, Encodable {
        package var figure: String
        package var title: String
        package var unit: String
        package var values: [Double?]
        /// Each less the first; nothing for the first, or where either is missing.
        package var differences: [Double?]
        /// The differences as shares of the first; nothing where that is zero.
        package var shares: [Double?]
        /// Whether less is better; missing when neither is.
        package var lessIsBetter: Bool?
    }

    package var runs: [Run]
    package var rows: [Row]

    /// - Parameter runs: at least one.
    package init(_ runs: [LoadedRun]) {
        self.runs = runs.map { run in
            Run(
                folder: run.path, name: run.summary.name, seed: run.summary.seed,
                topologyHash: run.summary.topologyHash,
                simulatedSeconds: run.summary.simulatedSeconds,
                scaling: run.summary.scaling?.policy, figures: run.summary.figures)
        }
        let figures = self.runs.map(\.figures)
        rows = RunFigures.kinds.compactMap { kind in
            let values = figures.map(kind.value)
            guard values.contains(where: { $0 != nil }) else { return nil }
            let first = values.first ?? nil
            let differences = values.enumerated().map { index, value -> Double? in
                guard index > 0, let value, let first else { return nil }
                return value - first
            }
            return Row(
                figure: kind.name, title: kind.title, unit: kind.unit, values: values,
                differences: differences,
                shares: differences.map { difference in
                    guard let difference, let first, first != 0 else { return nil }
                    return difference / first
                }, lessIsBetter: kind.lessIsBetter)
        }
    }

    /// What makes the runs hard to compare, in words.
    package var warnings: [String] {
        var found: [String] = []
        if Set(runs.map(\.simulatedSeconds)).count > 1 {
            found.append("the runs simulate different lengths of time")
        }
        if Set(runs.map(\.seed)).count > 1 {
            found.append("the runs have different seeds, so chance differs too")
        }
        return found
    }

    /// Keys in alphabetical order, indented, with a final newline.
    package func json() -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(self)) ?? Data()
        return data + Data("\n".utf8)
    }

    /// A value for people, with its unit.
    package static func words(_ value: Double?, _ unit: String) -> String {
        guard let value else { return "-" }
        return unit == "s" ? duration(value) : short(value)
    }

    /// A difference for people: with its sign, its unit and its share.
    package func difference(_ row: Row, _ run: Int) -> String {
        guard let difference = row.differences[run] else { return "-" }
        if difference == 0 { return "same" }
        let sign = difference > 0 ? "+" : "-"
        var text = sign + Self.words(abs(difference), row.unit)
        if let share = row.shares[run] {
            let size = abs(share) * 100
            text +=
                " (\(sign)\(size >= 1_000 ? ">1000" : short(size < 10 ? (size * 10).rounded() / 10 : size.rounded()))%)"
        }
        return text
    }
}

extension Figure {
    /// Several runs in the same panels: users' goodput, failing share and latency, and replicas.
    package static func comparison(_ runs: [(label: String, run: RunView)]) -> Figure {
        var body = ""
        var hasLatency = false
        for (number, (_, run)) in runs.enumerated() {
            let times = middles(run)
            let (offered, good, bad, tail) = (
                run.users(.offered), run.users(.goodput), run.users(.failed), run.users(.p99)
            )
            hasLatency = hasLatency || tail.contains { $0 > 0 }
            body += data(
                "c\(number)",
                times.indices.map { index in
                    let ended = good[index] + bad[index]
                    let replicas = run.services.reduce(0) { $0 + ($1[.replicas]?[index] ?? 0) }
                    return "\(times[index]) \(offered[index]) \(good[index]) "
                        + "\(ended > 0 ? bad[index] / ended : 0) "
                        + "\(tail[index] > 0 ? "\(tail[index])" : "NaN") \(replicas)"
                })
        }
        if let first = runs.first { body += triggerBands(first.run) }
        let end = runs.map(\.run.seconds).max() ?? 1
        body += """
            set xrange [0:\(end)]
            set yrange [0:1<*]
            set format x ''
            set multiplot layout 4,1 margins 0.09,0.8,0.08,0.97 spacing 0.03\n
            """
        let panels = [
            ("goodput, calls/s", 3), ("failing share", 4), ("p99, s", 5), ("replicas", 6),
        ]
        for (title, column) in panels {
            let isLatency = column == 5
            if isLatency, hasLatency { body += "set logscale y\nset yrange [*:*]\n" }
            if column == 6 { body += "set format x '%g'\nset xlabel 'time, s'\n" }
            body += "set ylabel '\(title)'\n"
            let curves = runs.enumerated().map { number, run in
                "$c\(number) using 1:\(column) with lines linewidth 1.8 dashtype "
                    + "\(number / colours.count + 1) linecolor rgb "
                    + "'\(colours[number % colours.count])' title \(quoted(run.label)) noenhanced"
            }
            if isLatency, !hasLatency {
                body += "set yrange [0:1]\nplot NaN notitle\n"
            } else {
                body += "plot " + curves.joined(separator: ", ") + "\n"
            }
            if isLatency { body += "unset logscale y\nset yrange [0:1<*]\n" }
        }
        return Figure(name: "compare", height: 820, body: body + "unset multiplot\n")
    }
}
