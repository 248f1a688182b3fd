import Kernel

/// The run over time as Prometheus reads it.
///
/// Counters are running sums that begin with 0 at simulated time 0; times are those of
/// ``TraceExport/epochSeconds``.
package struct PrometheusText {
    package enum Format: Sendable {
        /// The text exposition format 0.0.4: times in milliseconds.
        /// Source: https://prometheus.io/docs/instrumenting/exposition_formats/
        case prometheus
        /// OpenMetrics 1.0, which `promtool tsdb create-blocks-from openmetrics` loads: times in seconds.
        /// Source: https://github.com/prometheus/OpenMetrics
        case openMetrics
    }

    private let format: Format
    private let services: StoredSeries
    private let edges: StoredSeries

    /// Reads the tables of a result folder.
    package init(folder: String, format: Format) throws(ResultError) {
        self.format = format
        services = try StoredSeries(
            path: folder + "/" + ResultFolder.seriesName, labels: ["service"])
        edges = try StoredSeries(
            path: folder + "/" + ResultFolder.edgesName, labels: ["from", "to"])
    }

    /// Hands the text out in pieces of one metric each. O(rows × columns).
    package func write<Failure: Error>(_ sink: (String) throws(Failure) -> Void) throws(Failure) {
        for family in MetricFamily.services { try sink(text(of: family, services, ["service"])) }
        for family in MetricFamily.edges { try sink(text(of: family, edges, ["from", "to"])) }
        if format == .openMetrics { try sink("# EOF\n") }
    }

    private func text(
        of family: MetricFamily, _ table: StoredSeries, _ labels: [String]
    ) -> String {
        let suffix = "_total"
        // OpenMetrics names a counter without its suffix.
        let name =
            format == .openMetrics && family.kind == .counter
            ? String(family.name.dropLast(suffix.count)) : family.name
        var text = "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
        for (subject, rows) in zip(table.subjects, table.rows) {
            for (column, value) in family.columns {
                guard let index = table.columns.firstIndex(of: column) else { continue }
                var all = zip(labels, subject.labels).map { "\($0)=\"\(Self.escaped($1))\"" }
                if let label = family.label, let value { all.append("\(label)=\"\(value)\"") }
                let series = "\(family.name){\(all.joined(separator: ","))} "
                append(rows, index, family, series, to: &text)
            }
        }
        return text
    }

    private func append(
        _ rows: [StoredSeries.Row], _ column: Int, _ family: MetricFamily, _ series: String,
        to text: inout String
    ) {
        guard family.kind == .counter else {
            for row in rows where !row.values[column].isEmpty {
                text += "\(series)\(row.values[column]) \(time(row.instant))\n"
            }
            return
        }
        // Whole numbers, or whole nanoseconds: running sums stay exact.
        var sum: Int64 = 0
        text += "\(series)0 \(time(.start))\n"
        for row in rows where row.instant > .start {
            switch family.unit {
            case .number: sum &+= Int64(row.values[column]) ?? 0
            case .seconds:
                sum &+= Int64(((Double(row.values[column]) ?? 0) * 1e9).rounded())
            }
            let value =
                family.unit == .seconds
                ? exactSeconds(SimulatedInstant(nanoseconds: sum)) : String(sum)
            text += "\(series)\(value) \(time(row.instant))\n"
        }
    }

    private func time(_ instant: SimulatedInstant) -> String {
        let unix = TraceExport.unixNanoseconds(instant)
        switch format {
        case .prometheus: return String(unix / 1_000_000)
        case .openMetrics: return exactSeconds(SimulatedInstant(nanoseconds: unix))
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}

extension PrometheusText {
    /// Writes the text to a file.
    package func write(to path: String) throws(ResultError) {
        try FileAccess.stream(to: path) { (sink) throws(ResultError) in
            try write { (piece) throws(ResultError) in try sink(Array(piece.utf8)) }
        }
    }
}
