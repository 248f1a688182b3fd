package import Coordination
import GRDB
package import Kernel
package import Model
package import Results

/// Writes one run to the database of its result folder, as it goes.
///
/// What has committed is written in batches, about one a second of wall time, each with the instant up to
/// which the database is complete: whatever happens to the run then, the batches before stay readable.
/// Memory: one batch, and a sample for each service and edge.
package final class RunRecorder {
    package let path: String
    /// Everything before this is in the database.
    package private(set) var committed = SimulatedInstant.start
    let queue: DatabaseQueue
    private var stream: SeriesStream
    /// Adds samples up when the database's intervals are longer than those measured in.
    private var folding: SeriesFolding?
    private var services: [ServiceRow] = []
    private var edges: [EdgeRow] = []
    private var events: [EventRow] = []
    private var eventCount = 0
    private var reached = SimulatedInstant.start
    private let clock = ContinuousClock()
    private var lastWrite: ContinuousClock.Instant
    private static let largestBatch = 20_000
    private static let run: Int64 = 1

    /// Makes the database, with what is known of the run before it begins.
    ///
    /// - Parameters:
    ///   - file: that is not there yet.
    ///   - path: the same, as the user would name it.
    ///   - manifest: of the run.
    ///   - model: that is run.
    ///   - settings: of the run; its samples are streamed if it shall have time series.
    ///   - resolution: length of the intervals of the time series: a multiple of the run's sample interval.
    ///   - parameters: more that the run was made with.
    /// - Throws: when the file cannot be made or written.
    package init(
        file: String, shownAs path: String, manifest: Manifest, model: ModelDescription,
        settings: RunSettings,
        resolution: SimulatedDuration, parameters: [(name: String, value: Cell)]
    ) throws(ResultError) {
        self.path = path
        let ends = RunSeries.edges(of: model)
        stream = SeriesStream(
            services: model.services.count, edges: ends.map { ($0.process, $0.index) },
            interval: resolution, end: settings.end)
        let factor = resolution.nanoseconds / max(settings.sampleInterval.nanoseconds, 1)
        if factor > 1 {
            folding = SeriesFolding(
                processes: model.services.count, factor: Int(factor),
                interval: settings.sampleInterval, accumulatesQuantiles: false)
        }
        lastWrite = clock.now
        queue = try storing(at: path) { try openDatabase(file, isShared: false) }
        let planned = EventRow.planned(model, seed: settings.seed, end: settings.end)
        eventCount = planned.count
        try write { database in
            try ResultSchema.create(in: database)
            try Self.insert(ResultTables.runs.rows([manifest]), in: database)
            try Self.insert(ResultTables.parameters.rows(parameters), in: database)
            try Self.insert(
                ResultTables.services.rows(
                    model.services.enumerated().map { ServiceEntry(id: $0, name: $1.name) }),
                in: database)
            try Self.insert(
                ResultTables.edges.rows(
                    ends.enumerated().map {
                        EdgeEntry(id: $0, from: $1.from, to: $1.to, isUsers: $1.isUsers)
                    }), in: database)
            try Self.insert(ResultTables.events.rows(Self.number(planned, from: 0)), in: database)
        }
    }

    /// Takes what has committed. O(samples).
    package func record(_ records: CommittedRecords) throws(ResultError) {
        add(records.samples)
        reached = max(reached, records.committed)
        if services.count + edges.count >= Self.largestBatch
            || clock.now - lastWrite >= .seconds(1)
        {
            try flush()
        }
    }

    /// Writes what has been taken and not written yet.
    package func flush() throws(ResultError) {
        let numbered = Self.number(events, from: eventCount)
        let (services, edges, reached) = (services, edges, reached)
        try write { database in
            let rows = try RowWriter(database, ResultTables.serviceIntervals)
            for row in services { try Self.insert(row, by: rows) }
            let edgeRows = try RowWriter(database, ResultTables.edgeIntervals)
            for row in edges { try Self.insert(row, by: edgeRows) }
            try Self.insert(ResultTables.events.rows(numbered), in: database)
            try database.execute(
                sql: "UPDATE runs SET simulated_s = ?", arguments: [reached.seconds])
        }
        committed = reached
        eventCount += numbered.count
        self.services.removeAll(keepingCapacity: true)
        self.edges.removeAll(keepingCapacity: true)
        events.removeAll()
        lastWrite = clock.now
    }

    /// Writes the rows up to the end of the run, and what is known only now.
    package func finish(
        _ summary: RunSummary, model: ModelDescription, outcome: RunOutcome, manifest: Manifest,
        parameters: [(name: String, value: Cell)]
    ) throws(ResultError) {
        if var folding {
            self.folding = nil
            take(folding.take(end: outcome.end))
        }
        stream.finish(service: { keep($0) }, edge: { keep($0) })
        events += outcome.control.map { EventRow.of($0) } ?? []
        reached = outcome.end
        try flush()
        let edges = RunSeries.edges(of: model)
        try write { database in
            let entries = summary.services.enumerated().map {
                ServiceEntry(id: $0, name: $1.name, summary: $1)
            }
            let edgeEntries = summary.edges.enumerated().map { id, edge in
                EdgeEntry(
                    id: id, from: edges[id].from, to: edges[id].to, isUsers: edges[id].isUsers,
                    summary: edge)
            }
            try Self.insert(ResultTables.services.rows(entries), in: database)
            try Self.insert(ResultTables.edges.rows(edgeEntries), in: database)
            try HistogramRow.each(model, outcome) {
                try Self.insert(ResultTables.histograms.rows($0), in: database)
            }
            try Self.insert(ResultTables.ledger.rows(LedgerRow.all(summary)), in: database)
            try Self.insert(ResultTables.parameters.rows(parameters), in: database)
            try Self.insert(ResultTables.runs.rows([manifest]), in: database)
        }
    }

    /// Writes what there is of a run that ends before its time.
    package func stop(_ manifest: Manifest) throws(ResultError) {
        try flush()
        var manifest = manifest
        manifest.simulatedSeconds = committed.seconds
        let row = ResultTables.runs.rows([manifest])
        try write { try Self.insert(row, in: $0) }
    }

    /// Closes the file; nothing can be recorded after that.
    package func close() throws(ResultError) {
        try storing(at: path) {
            try queue.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA journal_mode = DELETE")
            }
            try queue.close()
        }
    }

    // MARK: Rows

    private func add(_ batch: SeriesBatch) {
        guard folding != nil else { return take(batch) }
        for sample in batch.services { folding?.add(sample, to: Int(sample.process)) }
        for sample in batch.edges { folding?.add(sample, to: Int(sample.process)) }
        if let closed = folding?.take() { take(closed) }
    }

    private func take(_ batch: SeriesBatch) {
        stream.add(batch, service: { keep($0) }, edge: { keep($0) })
    }

    private func keep(_ row: ServiceRow) {
        services.append(row)
        events += EventRow.of(row)
    }

    private func keep(_ row: EdgeRow) {
        edges.append(row)
        events += EventRow.of(row)
    }

    private static func number(_ events: [EventRow], from first: Int) -> [EventRow] {
        events.enumerated().map { index, event in
            var event = event
            event.number = first + index
            return event
        }
    }

    private static func insert(_ row: ServiceRow, by writer: RowWriter) throws {
        writer.bind(.integer(run), at: 1)
        writer.bind(.real(row.instant.seconds), at: 2)
        writer.bind(.integer(Int64(row.service)), at: 3)
        var place: Int32 = 4
        for column in SeriesColumns.service {
            writer.bind(column.value(row), at: place)
            place += 1
        }
        try writer.insert()
    }

    private static func insert(_ row: EdgeRow, by writer: RowWriter) throws {
        writer.bind(.integer(run), at: 1)
        writer.bind(.real(row.instant.seconds), at: 2)
        writer.bind(.integer(Int64(row.edge)), at: 3)
        var place: Int32 = 4
        for column in SeriesColumns.edge {
            writer.bind(column.value(row), at: place)
            place += 1
        }
        try writer.insert()
    }

    private static func insert(_ rows: TableRows, in database: Database) throws {
        let writer = try RowWriter(database, rows.table, replacing: true)
        for cells in rows.rows { try writer.insert(run: run, cells) }
    }

    private func write(_ body: (Database) throws -> Void) throws(ResultError) {
        try storing(at: path) { try queue.write(body) }
    }
}
