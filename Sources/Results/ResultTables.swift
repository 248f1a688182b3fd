package import Coordination
import Foundation
import Kernel
package import Model

/// Rows of one table, ready to be written.
package struct TableRows: Sendable {
    package var table: TableDescription
    /// By row, then by column: the key's, then the others.
    package var rows: [[Cell]]
}

/// A table whose rows are made from values of one type.
package struct Table<Row>: Sendable {
    package var name: String
    package var about: String
    /// How many of the columns tell rows apart.
    package var keys: Int
    package var columns: [Column<Row>]

    package var description: TableDescription {
        let all = columns.map(\.description)
        return TableDescription(
            name: name, file: nil, about: about, key: Array(all.prefix(keys)),
            columns: Array(all.dropFirst(keys)), view: nil)
    }

    package func rows(_ values: [Row]) -> TableRows {
        TableRows(
            table: description, rows: values.map { row in columns.map { $0.value(row) } })
    }
}

/// The tables of a result database, for the schema and for the dictionary.
package enum ResultTables {
    /// Of the schema. Raised whenever a table changes.
    package static let version = 2

    package static let all: [TableDescription] = [
        runs.description, parameters.description, services.description, edges.description,
        TableDescription(
            name: "service_intervals", file: ResultFolder.seriesName,
            about: "services over time; the view `series` has names for numbers, as the file has",
            key: SeriesColumns.serviceKey, columns: SeriesColumns.service.map(\.description),
            view: "series"),
        TableDescription(
            name: "edge_intervals", file: ResultFolder.edgesName,
            about: "edges over time; the view `edge_series` has names for numbers, as the file has",
            key: SeriesColumns.edgeKey, columns: SeriesColumns.edge.map(\.description),
            view: "edge_series"),
        histograms.description, events.description, ledger.description,
    ]

    package static var serviceIntervals: TableDescription { all[4] }
    package static var edgeIntervals: TableDescription { all[5] }

    package static let runs = Table<Manifest>(
        name: "runs", about: "one row a run; written first, and again when the run ends", keys: 0,
        columns: [
            Column("run", .text, "tells the run from all others") { .text($0.run) },
            Column("name", .text, "of the topology") { .text($0.name) },
            Column("status", .text, "`running`, `complete` or `incomplete`") {
                .text($0.status.rawValue)
            },
            // SQLite has no unsigned integers.
            Column("seed", .text, "an integer in 0 ... 2⁶⁴ - 1, in digits") { .text("\($0.seed)") },
            Column("digest", .text, "over all events; empty until the run is complete") {
                .optional($0.digest)
            },
            Column(
                "simulated_s", .real, unit: "s",
                "how far the run has come: intervals that ended before it are in the database, but for those of a service that has done nothing since"
            ) {
                .real($0.simulatedSeconds)
            },
            Column("duration_s", .real, unit: "s", "how much time is to be simulated") {
                .real($0.durationSeconds)
            },
            Column("resolution_s", .real, unit: "s", "length of the intervals of time series") {
                .optional($0.resolutionSeconds)
            },
            Column("topology_sha256", .text, "of the topology and the files it names") {
                .text($0.topologyHash)
            },
            Column("version", .text, "of Topple") { .text($0.versions.topple) },
            Column("command", .text, "the command line") {
                .text($0.command.joined(separator: " "))
            },
            Column("started_at", .text, "wall time, ISO 8601") {
                .text($0.startedAt.ISO8601Format())
            },
            Column("ended_at", .text, "wall time, ISO 8601; empty while the run goes on") {
                .optional($0.endedAt?.ISO8601Format())
            },
        ])

    package static let parameters = Table<(name: String, value: Cell)>(
        name: "parameters",
        about: "what a run was made with (labels of `--label` too), and how it was executed",
        keys: 1,
        columns: [
            Column("name", .text, "such as `seed`; labels as `label.NAME`") { .text($0.name) },
            Column("value", .any, "a text or a number") { $0.value },
        ])

    package static let histograms = Table<HistogramRow>(
        name: "histograms",
        about:
            "latencies of successes: of a service's answers, of an edge's attempts; sixteen buckets to a power of two",
        keys: 3,
        columns: [
            Column("subject", .text, "`service` or `edge`") { .text($0.subject) },
            Column("id", .integer, "`service_id` or `edge_id`") { .count($0.id) },
            Column("low_s", .real, unit: "s", "least latency of the bucket") {
                .real(Double($0.low) / 1e9)
            },
            Column("high_s", .real, unit: "s", "the bucket ends before it") {
                .real(Double($0.low + $0.width) / 1e9)
            },
            Column("count", .integer, "successes") { .count($0.count) },
        ])

    package static let events = Table<EventRow>(
        name: "events",
        about:
            "what happened to the system and in it: faults, rises of load, breakers, deaths, scaling",
        keys: 1,
        columns: [
            Column("number", .integer, "in the order of writing") { .count($0.number) },
            Column(
                "time_s", .real, unit: "s",
                "exact for triggers and scaling; for `trips`, `kills` and `crashes` the end of the "
                    + "interval"
            ) { .real($0.time) },
            Column(
                "kind", .text,
                "`trigger begins`, `trigger ends`, `trips`, `kills`, `crashes`, `replicas wanted`, "
                    + "`control`"
            ) { .text($0.kind) },
            Column("service_id", .integer, "whose; empty for edges and the system") {
                $0.service.map { .count($0) } ?? .null
            },
            Column("edge_id", .integer, "whose; empty but for `trips`") {
                $0.edge.map { .count($0) } ?? .null
            },
            Column("count", .integer, "how many, or how many replicas are wanted") {
                .count($0.count)
            },
            Column("message", .text, "in words") { .optional($0.message) },
        ])

    package static let ledger = Table<LedgerRow>(
        name: "ledger", about: "who created load, and where core time went", keys: 3,
        columns: [
            Column("subject", .text, "`system`, `tier`, `service` or `edge`") {
                .text($0.subject)
            },
            Column("id", .integer, "tier, `service_id` or `edge_id`; 0 for the system") {
                .count($0.id)
            },
            Column("entry", .text, "as in `summary.json`; core time ends in `_s`") {
                .text($0.entry)
            },
            Column("value", .real, "seconds, or a number of calls or attempts") {
                .real($0.value)
            },
        ])
}

package struct HistogramRow: Sendable {
    var subject: String
    var id: Int
    var low: Int64
    var width: Int64
    var count: UInt64

    /// Hands out the buckets in use of each service, then of each edge. O(buckets), in memory for one.
    package static func each(
        _ model: ModelDescription, _ outcome: RunOutcome, _ body: ([HistogramRow]) throws -> Void
    ) rethrows {
        for (id, report) in outcome.processes.enumerated() {
            try body(rows("service", id, report, 0))
        }
        for (id, edge) in RunSeries.edges(of: model).enumerated()
        where edge.process < outcome.processes.count {
            try body(rows("edge", id, outcome.processes[edge.process], edge.index + 1))
        }
    }

    private static func rows(
        _ subject: String, _ id: Int, _ report: ProcessReport, _ series: Int
    ) -> [HistogramRow] {
        guard series < report.latencies.count else { return [] }
        var rows: [HistogramRow] = []
        for bucket in report.latencies[series].buckets {
            // An eighth as many buckets as were counted in: quantiles are in the tables of subjects.
            let octave = Int64(1) << Int64(63 - max(bucket.low, 1).leadingZeroBitCount)
            let width = max(octave / perOctave, bucket.width)
            let low = bucket.low / width * width
            if let last = rows.last, last.low == low {
                rows[rows.count - 1].count += bucket.count
            } else {
                rows.append(
                    HistogramRow(
                        subject: subject, id: id, low: low, width: width, count: bucket.count))
            }
        }
        return rows
    }

    /// Buckets in a power of two.
    private static let perOctave: Int64 = 16
}

package struct LedgerRow: Sendable {
    var subject: String
    var id: Int
    var entry: String
    var value: Double

    package static func all(_ summary: RunSummary) -> [LedgerRow] {
        var rows: [LedgerRow] = []
        func add(_ subject: String, _ id: Int, _ entries: KeyValuePairs<String, Double>) {
            rows += entries.map { Self(subject: subject, id: id, entry: $0.key, value: $0.value) }
        }
        let work = summary.ledger.work
        add(
            "system", 0,
            [
                "userCalls": Double(summary.ledger.userCalls),
                "userSuccesses": Double(summary.ledger.userSuccesses), "computed_s": work.computed,
                "useful_s": work.useful, "failed_s": work.failed, "late_s": work.late,
                "dropped_s": work.dropped, "lost_s": work.lost, "background_s": work.background,
                "inServices_s": work.inServices, "inTransit_s": work.inTransit,
            ])
        for tier in summary.ledger.tiers {
            add(
                "tier", tier.tier,
                [
                    "calls": Double(tier.calls), "attempts": Double(tier.attempts),
                    "retries": Double(tier.retries), "hedges": Double(tier.hedges),
                ])
        }
        for (id, service) in summary.services.enumerated() {
            let work = service.work
            add(
                "service", id,
                [
                    "computed_s": work.computed, "answered_s": work.answered,
                    "dropped_s": work.dropped, "lost_s": work.lost,
                    "background_s": work.background, "inService_s": work.inService,
                    "inTransit_s": work.inTransit, "first": Double(service.causes.first),
                    "hedges": Double(service.causes.hedges),
                ])
            for (tier, count) in service.causes.retries.enumerated() where count > 0 {
                add("service", id, ["retriesOfTier\(tier + 1)": Double(count)])
            }
        }
        for (id, edge) in summary.edges.enumerated() {
            add(
                "edge", id,
                [
                    "useful_s": edge.work.useful, "failed_s": edge.work.failed,
                    "late_s": edge.work.late,
                ])
        }
        return rows
    }
}
